"""Measure accepting a request while the event loop computes, by the interval of the interpreter's switches.

Each time a database thread has done a statement, it waits until the event loop's thread gives the
interpreter away, at most for ``sys.getswitchinterval()``. Printed: the median milliseconds from call to
result on an SQLite file, and the loop's share of a core. The intervals take turns.
"""

from __future__ import annotations

import argparse
import asyncio
import itertools
import statistics
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.claims import accept
from benchmarks.transactions import LIMITS
from bot.store.db.engine import open_engine
from bot.store.queue.jobs import JobStore

INTERVALS = (0.005, 0.001, 0.0005, 0.0001)
"""Seconds; the first is Python's default."""


def main() -> None:
    """Measure and print each interval."""
    parser = argparse.ArgumentParser(description="Measure a transaction beside a busy event loop.")
    parser.add_argument("--rounds", type=int, default=3, help="rounds over all intervals")
    parser.add_argument("--times", type=int, default=40, help="transactions in each round")
    options = parser.parse_args()
    with TemporaryDirectory() as folder:
        asyncio.run(measure(f"sqlite:///{folder}/jobs.db", options.rounds, options.times))


async def measure(url: str, rounds: int, times: int) -> None:
    taken = {interval: list[float]() for interval in INTERVALS}
    computed = dict.fromkeys(INTERVALS, 0.0)
    async with open_engine(url) as engine:
        store, numbers = JobStore(engine, Path(), LIMITS), itertools.count(1)
        for _ in range(rounds):
            for interval in INTERVALS:
                sys.setswitchinterval(interval)
                busy = BusyLoop()
                for number in itertools.islice(numbers, times):
                    begun = time.perf_counter()
                    await accept(store, number)
                    taken[interval].append(time.perf_counter() - begun)
                computed[interval] += await busy.stop() / rounds
    for interval, each in taken.items():
        milliseconds = statistics.median(each) * 1000
        print(f"{interval * 1000:g} ms: accept {milliseconds:.1f} ms, loop {computed[interval]:.2f}")


class BusyLoop:
    """Computes on the event loop all the time, a millisecond or so in each callback."""

    def __init__(self) -> None:
        self._begun, self._cpu = time.perf_counter(), time.thread_time()
        self._task = asyncio.create_task(self._compute())

    async def stop(self) -> float:
        """Stop computing; return the share of the time that it had the processor."""
        self._task.cancel()
        await asyncio.wait({self._task})
        return (time.thread_time() - self._cpu) / (time.perf_counter() - self._begun)

    async def _compute(self) -> None:
        while True:
            for _ in range(20_000):
                pass  # sum() wouldn't give the interpreter away
            await asyncio.sleep(0)


if __name__ == "__main__":
    main()
