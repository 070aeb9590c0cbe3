"""Measure the worst input of every way in: the longest hold of the event loop, and its memory and time.

Every way is a process of its own that feeds the bot's own code with the slowest inputs known, up to the real
limit of their size or as far as they are read; servers and databases are local. A hold is the processor time
of the loop's thread within one callback; threads that let go of the interpreter's lock don't count. Objects
of the imports are no part of garbage collections, as in the bot. Memory is the peak above the memory before
the input, which itself isn't counted. Time is the processor time of the whole process, for one input. Exit
code 1: a target was missed. Linux only (it reads /proc).
"""

from __future__ import annotations

import argparse
import asyncio
import json
import subprocess
import sys
import time
from asyncio import events
from collections.abc import AsyncIterator, Awaitable, Callable, Generator, Iterator
from contextlib import contextmanager
from typing import cast

from benchmarks.hostile import files, replies, searches, texts
from benchmarks.hostile.cases import Case, Cases
from benchmarks.reply import measured
from bot.ops.process_tuning import freeze_heap, limit_memory_use

TARGET_MS = 20.0
TARGET_MB = 120.0
TARGET_SECONDS = 2.0
SECONDS = 300
"""The longest that one way may take."""

Found = dict[str, tuple[float, float, float]]
"""Milliseconds, MB and seconds of each input."""
HEADINGS = (("longest hold", "ms"), ("peak memory", "MB"), ("processor time", "s"))
TARGETS = (TARGET_MS, TARGET_MB, TARGET_SECONDS)

WAYS: dict[str, Callable[[], Cases | AsyncIterator[tuple[str, Case]]]] = {
    "address of a picture": files.url_headers,
    "upload": files.uploads,
    "prompt and blocked words": texts.prompts,
    "mention": texts.mention_texts,
    "search": searches.searches,
    "settings list": texts.settings_lists,
    "custom_id": texts.custom_ids,
    "relay reply": replies.replies,
    "error body": replies.error_bodies,
}


def main() -> int:
    """Run as the parent, or as one of the processes that it starts."""
    parser = argparse.ArgumentParser(description="Measure the worst input of every way in.")
    parser.add_argument("--all", action="store_true", help="show every input, not only the worst of each way")
    parser.add_argument("--child", default="", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.child:
        limit_memory_use()
        freeze_heap()
        print(json.dumps(asyncio.run(measure(WAYS[options.child]()))))
        return 0
    print(f"{'':26}" + "".join(f"{heading:>16}  {'by':34}" for heading, _ in HEADINGS))
    passed = [report(way, child(way), every=options.all) for way in WAYS]
    print(f"\nTargets: at most {TARGET_MS:.0f} ms, {TARGET_MB:.0f} MB and {TARGET_SECONDS:.0f} s")
    return 0 if all(passed) else 1


def child(way: str) -> Found:
    command = [sys.executable, "-m", "benchmarks.hostile", "--child", way]
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True, timeout=SECONDS)
    return cast("Found", json.loads(done.stdout))


def report(way: str, found: Found, *, every: bool) -> bool:
    worst = [max(found, key=lambda name, at=at: found[name][at]) for at in range(len(TARGETS))]
    good = all(found[name][at] <= TARGETS[at] for at, name in enumerate(worst))
    cells = (f"{found[name][at]:>13.1f} {HEADINGS[at][1]:2}  {name:34}" for at, name in enumerate(worst))
    print(f"{way:26}{''.join(cells)}{'pass' if good else 'MISSED'}", flush=True)
    if every:
        for name, (held, memory, seconds) in found.items():
            print(f"    {name:38}{held:>9.1f} ms{memory:>10.1f} MB{seconds:>10.2f} s", flush=True)
    return good


async def measure(cases: Iterator[tuple[str, Case]] | AsyncIterator[tuple[str, Case]]) -> Found:
    found: Found = {}
    async for name, case in _each(cases):
        await asyncio.sleep(0)
        with measured() as figures:
            held = await longest_hold(case)
        found[name] = (held, figures["memory"], figures["cpu"])
    return found


async def _each(
    cases: Iterator[tuple[str, Case]] | AsyncIterator[tuple[str, Case]],
) -> AsyncIterator[tuple[str, Case]]:
    if isinstance(cases, AsyncIterator):
        async for case in cases:
            yield case
    else:
        for case in cases:
            yield case


async def longest_hold(work: Callable[[], Awaitable[object]]) -> float:
    """Return the milliseconds of processor time of the longest callback while ``work`` runs in a task."""
    with watched_callbacks() as times:
        await asyncio.create_task(_run(work))
    return max(times) * 1000


async def _run(work: Callable[[], Awaitable[object]]) -> None:
    await work()


@contextmanager
def watched_callbacks() -> Generator[list[float]]:
    """Yield a list that grows by the processor time of each callback of the event loop."""
    times = [0.0]
    original = events.Handle._run

    def timed(handle: events.Handle) -> None:
        begun = time.thread_time()
        original(handle)
        times[0] = max(times[0], time.thread_time() - begun)

    events.Handle._run = timed  # pyright: ignore[reportAttributeAccessIssue]  # every callback
    try:
        yield times
    finally:
        events.Handle._run = original


if __name__ == "__main__":
    sys.exit(main())
