"""Measure the search for a server's blocked words."""

from __future__ import annotations

import statistics
import time

from bot.domain.request_rules import PROMPT_LIMIT
from bot.textfilter.blocklist import MAX_WORDS, Blocklist

PROMPTS = {
    "English": "a lighthouse in a storm, ",
    "Chinese": "暴风雨中的灯塔，",
    "all tricks at once": "s3x4 a$b 风暴中的 аnd s p e l t ",
}
ROUNDS = 200


def main() -> None:
    """Print the median time for the longest prompt and the longest list."""
    words = [f"word{n} thing" if n % 3 else f"词语{chr(0x4E00 + n)}" for n in range(MAX_WORDS)]
    begun = time.perf_counter()
    many = Blocklist(words)
    print(f"{'made, once a list':<22}{(time.perf_counter() - begun) * 1000:6.1f} ms")
    for name, text in PROMPTS.items():
        prompt = (text * PROMPT_LIMIT)[:PROMPT_LIMIT]
        print(f"{name:<22}{statistics.median(look(many, prompt) for _ in range(ROUNDS)):6.1f} ms")


def look(many: Blocklist, prompt: str) -> float:
    """Return the milliseconds of one search."""
    begun = time.perf_counter()
    assert many.find(prompt) is None
    return (time.perf_counter() - begun) * 1000


if __name__ == "__main__":
    main()
