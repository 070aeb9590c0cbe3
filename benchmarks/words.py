"""Measure the search for a server's blocked words, including its worst case."""

from __future__ import annotations

import statistics
import time

from bot.domain.request_rules import PROMPT_LIMIT
from bot.textfilter.blocklist import MAX_WORDS, Blocklist

WORDS = [f"word{n} thing" if n % 3 else f"词语{chr(0x4E00 + n)}" for n in range(MAX_WORDS)]
CASES = {
    "English": (WORDS, "a lighthouse in a storm, "),
    "Chinese": (WORDS, "暴风雨中的灯塔，"),
    "all kinds of obfuscation": (WORDS, "s3x4 a$b 风暴中的 аnd s p e l t "),
    "nearly 500 phrases": ([f"a a a {n}" for n in range(MAX_WORDS)], "a "),
    "59 katakana words": (["カ" * n for n in range(1, 60)], "カ"),
    "signs": (["ass"], "$"),
    "signs among letters": (["ass"], "a!"),
    "characters that expand": (["ass"], "㌀"),
    "combining marks": (["ass"], "a\u0315\u0300"),
}
ROUNDS = 100


def main() -> None:
    """Print the median time for the longest prompt of each kind."""
    begun = time.perf_counter()
    Blocklist(WORDS)
    print(f"{'compiling a list':<26}{(time.perf_counter() - begun) * 1000:6.1f} ms")
    for name, (words, text) in CASES.items():
        blocklist, prompt = Blocklist(words), (text * PROMPT_LIMIT)[:PROMPT_LIMIT]
        times = (_search(blocklist, prompt) for _ in range(ROUNDS))
        print(f"{name:<26}{statistics.median(times):6.1f} ms")


def _search(blocklist: Blocklist, prompt: str) -> float:
    """Return the milliseconds of one search."""
    begun = time.perf_counter()
    assert blocklist.find(prompt) is None
    return (time.perf_counter() - begun) * 1000


if __name__ == "__main__":
    main()
