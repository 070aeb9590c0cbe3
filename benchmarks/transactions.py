"""Measure single transactions: accepting a request, a claim, the steps of a job, and a read.

Each line has the median milliseconds from call to result and the CPU milliseconds of the whole process per
transaction, one after the other, on an SQLite file and on PostgreSQL (see ``benchmarks.claims``).
SQLite waits for the disk only with --durable. Left out: the CPU of the PostgreSQL server.
"""

from __future__ import annotations

import argparse
import asyncio
import statistics
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TypeVar

from benchmarks.claims import TOLD, accept
from bot.store.db.engine import open_engine
from bot.store.queue.jobs import JobStore
from bot.store.queue.limits import Limits
from tests.support.postgres_server import temporary_databases

_T = TypeVar("_T")
AT_ONCE = 300
LIMITS = Limits(member_running=9, member_waiting=1_000_000, queue_size=1_000_000)


def main() -> None:
    """Measure both databases."""
    options = parse()
    with temporary_databases(options.postgres) as urls:
        for name, url in urls.items():
            asyncio.run(measure(name, url, options))


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Measure single transactions on SQLite and PostgreSQL.")
    parser.add_argument("postgres", nargs="?", default="", help="URL of an empty PostgreSQL database")
    parser.add_argument("--times", type=int, default=400, help="transactions of each kind")
    parser.add_argument("--durable", action="store_true", help="let SQLite wait for the disk")
    return parser.parse_args()


async def measure(name: str, url: str, options: argparse.Namespace) -> None:
    async with open_engine(url, durable=options.durable) as engine:
        store, times = JobStore(engine, Path(), LIMITS), range(options.times)
        await accept(store, -1)
        await at_once(f"{name}: accept, {AT_ONCE} at once", store)
        await report(f"{name}: accept", options.times, lambda number: accept(store, number))
        await report(f"{name}: read a job", options.times, lambda number: store.get(number % 9 + 1))
        claimed = [
            job
            for batch in await report(
                f"{name}: claim one of {len(times)}",
                options.times,
                lambda _: store.claim("w", capacity=1_000_000, worker_capacity=1, now=2.0, lease=99.0),
            )
            for job in batch
        ]
        await report(
            f"{name}: mark as drawn",
            options.times,
            lambda number: store.mark_drawn(claimed[number], "w", [], now=3.0),
        )
        await report(
            f"{name}: finish", options.times, lambda number: store.finish(claimed[number], "w", TOLD, now=4.0)
        )


async def at_once(what: str, store: JobStore) -> None:
    """Accept many requests at once, and print the CPU of each; best of three rounds."""
    rounds = list[float]()
    for begin in (-1_000_000, -2_000_000, -3_000_000):
        cpu = time.process_time()
        await asyncio.gather(*(accept(store, begin - number) for number in range(AT_ONCE)))
        rounds.append((time.process_time() - cpu) / AT_ONCE * 1000)
    print(f"{what}: {min(rounds):.2f} ms of CPU each (≤ 3)")


async def report(what: str, times: int, run: Callable[[int], Awaitable[_T]]) -> list[_T]:
    """Run a transaction repeatedly, print its figures, and return the results."""
    results, seconds = list[_T](), list[float]()
    cpu = time.process_time()
    for number in range(times):
        begun = time.perf_counter()
        results.append(await run(number))
        seconds.append(time.perf_counter() - begun)
    cpu = (time.process_time() - cpu) / times
    print(f"{what}: {statistics.median(seconds) * 1000:.2f} ms, {cpu * 1000:.2f} ms of CPU")
    return results


if __name__ == "__main__":
    main()
