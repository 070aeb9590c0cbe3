"""Measure the worst input of every way in: the longest hold of the event loop and the peak memory beside it.

Every way is a process of its own that feeds the bot's own code with the slowest inputs known, up to the real
limit of their size; servers and databases are local. A hold is the processor time of the loop's thread within
one callback; threads that let go of the interpreter's lock don't count. Memory is the peak above the memory
before the input, which itself isn't counted. Exit code 1: a target was missed. Linux only (it reads /proc).
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

from benchmarks.hostile_inputs import WAYS, Case
from benchmarks.reply import measured

TARGET_MS = 20.0
TARGET_MB = 120.0
SECONDS = 300
"""The longest that one way may take."""

Found = dict[str, tuple[float, float]]
"""Milliseconds and MB of each input."""


def main() -> int:
    """Run as the parent, or as one of the processes that it starts."""
    parser = argparse.ArgumentParser(description="Measure the worst input of every way in.")
    parser.add_argument("--all", action="store_true", help="show every input, not only the worst of each way")
    parser.add_argument("--child", default="", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.child:
        print(json.dumps(asyncio.run(measure(WAYS[options.child]()))))
        return 0
    print(f"{'':26}{'longest hold':>16}  {'by':34}{'peak memory':>14}  {'by':34}")
    passed = [report(way, child(way), every=options.all) for way in WAYS]
    print(f"\nTargets: at most {TARGET_MS:.0f} ms and {TARGET_MB:.0f} MB")
    return 0 if all(passed) else 1


def child(way: str) -> Found:
    command = [sys.executable, "-m", "benchmarks.hostile", "--child", way]
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True, timeout=SECONDS)
    return cast("Found", json.loads(done.stdout))


def report(way: str, found: Found, *, every: bool) -> bool:
    slowest = max(found, key=lambda name: found[name][0])
    largest = max(found, key=lambda name: found[name][1])
    milliseconds, megabytes = found[slowest][0], found[largest][1]
    good = milliseconds <= TARGET_MS and megabytes <= TARGET_MB
    print(
        f"{way:26}{milliseconds:>13.1f} ms  {slowest:34}{megabytes:>11.1f} MB  {largest:34}"
        f"{'pass' if good else 'MISSED'}",
        flush=True,
    )
    if every:
        for name, (held, memory) in found.items():
            print(f"    {name:38}{held:>9.1f} ms{memory:>10.1f} MB", flush=True)
    return good


async def measure(cases: Iterator[tuple[str, Case]] | AsyncIterator[tuple[str, Case]]) -> Found:
    found: Found = {}
    async for name, case in _each(cases):
        await asyncio.sleep(0)
        with measured() as memory:
            held = await longest_hold(case)
        found[name] = (held, memory["memory"])
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
