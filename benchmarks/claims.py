"""Measure the queue: claims per second, and how long an accepted request waits for an idle runner.

With 10,000 waiting jobs of 1,000 members, next to no finished jobs and next to 1,000,000, on an SQLite file
and on PostgreSQL: at the given URL (an empty database of your own), or on a temporary server if PostgreSQL is
installed. A claim takes one job; putting it back isn't counted. "In one go" is a worker of large capacity.
The best of five rounds counts, as other programs on the machine only slow it down. Claims with a limit on
calls per minute are measured too, without a target: the limit is far below what the database can do. Exit
code 1: a target was missed.
"""

from __future__ import annotations

import argparse
import asyncio
import statistics
import sys
import time
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

from sqlalchemy import Engine, func, insert, literal, select, text

from bot.domain.models import DeliveredMessage, Draft, ImageRequest, Job, ReplyTo, Requester
from bot.store.db.engine import open_engine
from bot.store.db.notifications import listen
from bot.store.db.tables import jobs as table
from bot.store.queue.jobs import JobStore
from bot.store.queue.limits import Limits
from tests.support.postgres_server import temporary_databases

MEMBERS = 1_000
ROUNDS = 5
TARGET_CLAIMS = 500.0
TARGET_START_MS = 10.0
LIMITS = Limits(member_running=2, member_waiting=1_000_000, queue_size=1_000_000)

TOLD = DeliveredMessage(channel_id=1, message_id=1)

Figures = dict[str, float]

_COUNT = text(
    "INSERT INTO waiting_counts (turn, first_id, size, model, jobs, pictures)"
    " SELECT turn, id & -4096, size, coalesce(model, ''), count(*), sum(amount) FROM jobs"
    " WHERE state = 'waiting' GROUP BY 1, 2, 3, 4"
)


def main() -> int:
    """Measure both databases; return 1 if a target was missed."""
    options = parse()
    with temporary_databases(options.postgres) as urls:
        good = [asyncio.run(measure(name, url, options)) for name, url in urls.items()]
    return 0 if all(good) else 1


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Measure the queue on SQLite and PostgreSQL.")
    parser.add_argument("postgres", nargs="?", default="", help="URL of an empty PostgreSQL database")
    parser.add_argument("--waiting", type=int, default=10_000, help="jobs in line")
    parser.add_argument("--finished", type=int, default=1_000_000, help="old rows in the second round")
    parser.add_argument("--claims", type=int, default=500, help="claims that are timed in each round")
    return parser.parse_args()


async def measure(name: str, url: str, options: argparse.Namespace) -> bool:
    async with open_engine(url) as engine:
        store = JobStore(engine, Path(), LIMITS)
        good = report(f"{name}, idle: accepted → started", await start_times(engine, store), TARGET_START_MS)
        for finished in (0, options.finished):
            await fill(engine, "done", finished)
            await fill(engine, "waiting", options.waiting)
            what = f"{name}, {options.waiting:,} waiting, {finished:,} finished"
            rate = max([await one_by_one(store, options.claims // ROUNDS) for _ in range(ROUNDS)])
            good &= verdict(f"{what}: claims/s", rate, rate >= TARGET_CLAIMS, f"≥ {TARGET_CLAIMS:g}")
            metered = JobStore(engine, Path(), replace(LIMITS, calls_a_minute=1_000_000))
            rate = max([await one_by_one(metered, options.claims // ROUNDS) for _ in range(ROUNDS)])
            verdict(f"{what}, calls a minute limited: claims/s", rate, True, "no target")
            many = await in_one_go(store, options.claims)
            verdict(f"{what}: jobs/s in one go", many, True, "no target")
            await empty(engine)
    return good


async def one_by_one(store: JobStore, times: int) -> float:
    """Return the claims of one job per second."""
    seconds = 0.0
    for _ in range(times):
        begun = time.perf_counter()
        (job,) = await store.claim("worker", capacity=1, now=2.0, lease=99.0)
        seconds += time.perf_counter() - begun
        assert await store.requeue(job, "worker", run_at=1.0)
    return times / seconds


async def in_one_go(store: JobStore, capacity: int) -> float:
    """Return the jobs claimed per second in one large claim."""
    begun = time.perf_counter()
    claimed = await store.claim("worker", capacity=capacity, now=2.0, lease=99.0)
    seconds = time.perf_counter() - begun
    assert len(claimed) == capacity
    await store.release_worker("worker")
    return capacity / seconds


async def start_times(engine: Engine, store: JobStore, times: int = 200) -> list[float]:
    """Return the milliseconds from each request to its claim by a notified runner."""
    found: list[float] = []
    heard = asyncio.Event()
    async with hearing(engine, store, heard):
        for number in range(times):
            heard.clear()
            begun = time.perf_counter()
            await accept(store, number)
            await heard.wait()
            claimed = await store.claim("worker", capacity=4, now=2.0, lease=99.0)
            found.append((time.perf_counter() - begun) * 1000)
            await finish(store, claimed)
    return found


@asynccontextmanager
async def hearing(engine: Engine, store: JobStore, heard: asyncio.Event) -> AsyncGenerator[None]:
    """Listen for new jobs as the runner does: by PostgreSQL notifications, or within the process."""
    if store.exclusive:
        heard.clear = lambda: None  # pyright: ignore[reportAttributeAccessIssue]  # it stays set
        heard.set()
    async with listen(engine, {"work": lambda _: heard.set()}):
        await heard.wait()
        yield


async def accept(store: JobStore, number: int) -> None:
    draft = Draft(kind="imagine", request=ImageRequest(prompt="a fox"))
    requester = Requester(
        user_id=number, channel_id=1, guild_id=1, locale="en", guild_locale=None, upload_limit=1
    )
    reply_to = ReplyTo(
        interaction_id=-1 - number,
        application_id=1,
        token="t",  # noqa: S106  # made up
        message_id=1,
        ephemeral=False,
        expires_at=0.0,
    )
    assert await store.add(draft, requester, reply_to, now=1.0, deadline=99.0)


async def finish(store: JobStore, claimed: list[Job]) -> None:
    for job in claimed:
        assert await store.finish(job, "worker", TOLD, now=3.0)


async def fill(engine: Engine, state: str, count: int, *, members: int = MEMBERS) -> None:
    """Insert jobs in this state, as if accepted one after the other."""
    if not count:
        return
    done, begun = state == "done", state != "waiting"
    numbers = select(literal(1).label("n")).cte("numbers", recursive=True)
    numbers = numbers.union_all(select(numbers.c.n + 1).where(numbers.c.n < count))
    n = numbers.c.n
    row = {
        "interaction_id": n + {"done": 0, "waiting": 10_000_000, "running": 30_000_000}[state],
        "kind": literal("imagine"),
        "state": literal(state),
        "user_id": n % members,
        "channel_id": literal(1),
        "locale": literal("en"),
        "upload_limit": literal(1),
        "application_id": literal(1),
        "message_id": literal(1),
        "ephemeral": literal(False),
        "own_card": literal(True),
        "token_expires_at": literal(0.0),
        "prompt": literal("a lighthouse in a storm, oil on canvas, heavy brush strokes"),
        "ratio": literal("1:1"),
        "size": literal("2K"),
        "spoiler": literal(False),
        "amount": literal(1),
        "created_at": literal(0.0),
        "run_at": literal(0.0),
        "deadline": literal(99.0),
        "attempts": literal(1 if begun else 0),
        "turn": n // members if done else 1_000_000 + n // members,
        "started_at": literal(1.0 if begun else None),
        "drawn_at": literal(2.0 if done else None),
        "pictures": text("'[]'"),
        "facts": text("'{}'"),
    }
    shared = engine.dialect.name == "postgresql"
    with engine.begin() as connection:
        if shared:
            # Without triggers: PostgreSQL keeps each former version of a sum until the transaction ends.
            connection.execute(text("SET LOCAL session_replication_role = replica"))
        connection.execute(insert(table).from_select(list(row), select(*row.values())))
        if shared and state == "waiting":
            connection.execute(_COUNT)
    if shared:
        with engine.connect() as connection:
            connection.execution_options(isolation_level="AUTOCOMMIT")
            connection.execute(text("VACUUM ANALYZE"))


async def empty(engine: Engine) -> None:
    with engine.begin() as connection:
        shared = engine.dialect.name == "postgresql"
        connection.execute(text("TRUNCATE jobs, waiting_counts") if shared else table.delete())
        assert connection.scalar(select(func.count()).select_from(table)) == 0


def report(what: str, milliseconds: list[float], target: float) -> bool:
    median = statistics.median(milliseconds)
    return verdict(f"{what}, p50 ms", median, median <= target, f"≤ {target:g}")


def verdict(what: str, figure: float, good: bool, wanted: str) -> bool:
    print(f"{'ok  ' if good else 'MISS'}  {what}: {figure:,.1f} ({wanted})", flush=True)
    return good


if __name__ == "__main__":
    sys.exit(main())
