"""Measure what could grow with what waits, with 100,000 waiting jobs, and a history among 1,000,000 rows.

Milliseconds from call to result, median of several calls, on an SQLite file and on PostgreSQL (see
``benchmarks.claims``; --sqlite leaves the latter out). The waiting jobs are of 1,000 members. The last figure
of the queue is with as many jobs of 10,000 members, each of whom runs as many as allowed: a claim passes over
10,000 jobs to the first that may begin. Without durable commits on SQLite; left out is everything around the
store. Exit code 1: a target was missed.
"""

from __future__ import annotations

import argparse
import asyncio
import statistics
import sys
import time
from collections.abc import Awaitable, Callable
from dataclasses import replace
from itertools import count
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, update

from benchmarks.claims import LIMITS, accept, empty, fill, verdict
from bot.domain.models import Job
from bot.domain.requests.history_filter import HistoryFilter
from bot.store.db.engine import open_engine
from bot.store.db.tables import jobs as table
from bot.store.db.transactions import write
from bot.store.history import HistoryStore
from bot.store.queue.jobs import JobStore
from bot.store.queue.leases.card_leases import CardStore
from tests.support.postgres_server import temporary_databases

AT_LIMIT = 10_000
"""Members who run as many jobs as allowed."""
NUMBERS = count(20_000_000)
"""Of accepted requests."""
TIMES = 15
ONE = 5
"""One of the members with a hundred waiting jobs."""
HEAVY = 7
"""A member with 20,000 of the finished jobs."""


def main() -> int:
    """Measure both databases; return 1 if a target was missed."""
    options = parse()
    with temporary_databases(options.postgres) as urls:
        chosen = {name: url for name, url in urls.items() if name == "SQLite" or not options.sqlite}
        good = [asyncio.run(measure(name, url, options)) for name, url in chosen.items()]
    return 0 if all(good) else 1


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Measure a long queue and a long history.")
    parser.add_argument("postgres", nargs="?", default="", help="URL of an empty PostgreSQL database")
    parser.add_argument("--sqlite", action="store_true", help="leave PostgreSQL out")
    parser.add_argument("--waiting", type=int, default=100_000, help="jobs in line")
    parser.add_argument("--finished", type=int, default=1_000_000, help="rows of the history")
    return parser.parse_args()


async def measure(name: str, url: str, options: argparse.Namespace) -> bool:
    shared = name == "PostgreSQL"
    async with open_engine(url, durable=False) as engine:
        await fill(engine, "waiting", options.waiting)
        store, cards = JobStore(engine, Path(), LIMITS), CardStore(engine, Path())
        middle = options.waiting // 2

        async def place() -> None:
            assert await cards.lease([middle], clock=lambda: 5.0, seconds=0.0)

        async def moved() -> None:
            assert len(await cards.lease_moved(now=5.0, until=5.0, most=6)) == 6

        async def forget() -> None:
            await change(engine, card_ahead=None, card_until=0.0)

        good = await report(f"{name}: place of one", place, 5, undo=forget)
        good &= await report(f"{name}: six moved cards", moved, 20, undo=forget)
        good &= await report(f"{name}: accept", lambda: accept(store, next(NUMBERS)), 8)
        good &= await report(f"{name}: open ids among ten", lambda: store.open_ids(range(10)), 10)
        good &= await report(f"{name}: /queue of 100", lambda: cards.open_jobs(ONE, now=5.0), 50)
        await empty(engine)
        good &= await measure_claim(name, engine, options.waiting)
        await empty(engine)
        await fill(engine, "done", options.finished)
        await make_heavy(engine, options.finished)
        history = HistoryStore(engine, Path())
        good &= await report(
            f"{name}: /history of 20,000",
            lambda: history.results(HEAVY, HistoryFilter(), page=0, size=10),
            10 if shared else 5,
        )
    return good


async def measure_claim(name: str, engine: Engine, waiting: int) -> bool:
    """Measure a claim behind the jobs of members who are at their limit."""
    store = JobStore(engine, Path(), replace(LIMITS, member_running=1))
    await fill(engine, "running", AT_LIMIT, members=AT_LIMIT)
    await fill(engine, "waiting", waiting, members=AT_LIMIT)
    await accept(store, next(NUMBERS))

    async def claim() -> None:
        claimed = await store.claim("w", capacity=10 * AT_LIMIT, worker_capacity=1, now=5.0, lease=99.0)
        assert [job.requester.user_id >= AT_LIMIT for job in claimed] == [True]
        done.extend(claimed)

    async def put_back() -> None:
        assert await store.requeue(done.pop(), "w", run_at=1.0, counts=False)

    done = list[Job]()
    return await report(f"{name}: claim past {AT_LIMIT:,} members", claim, 10, undo=put_back)


async def report(
    what: str,
    run: Callable[[], Awaitable[Any]],
    target: float,
    *,
    undo: Callable[[], Awaitable[Any]] | None = None,
) -> bool:
    """Run something repeatedly, and compare the median of its times with the target; ``undo`` isn't timed."""
    found = list[float]()
    for _ in range(TIMES):
        begun = time.perf_counter()
        await run()
        found.append((time.perf_counter() - begun) * 1000)
        if undo:
            await undo()
    median = statistics.median(found)
    return verdict(f"{what}, p50 ms", median, median <= target, f"≤ {target:g}")


async def change(engine: Engine, **values: object) -> None:
    """Change waiting jobs back to what they were."""

    def work(connection: Connection) -> None:
        connection.execute(update(table).where(table.c.card_until == 5.0).values(**values))

    await write(engine, work)


async def make_heavy(engine: Engine, finished: int) -> None:
    """Give one member 20,000 of the finished jobs."""

    def work(connection: Connection) -> None:
        theirs = table.c.id % (finished // 20_000) == 0
        connection.execute(update(table).where(theirs).values(user_id=HEAVY, pictures=[]))

    await write(engine, work)


if __name__ == "__main__":
    sys.exit(main())
