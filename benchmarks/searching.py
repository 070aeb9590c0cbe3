"""Measure autocompletion of earlier results.

Among 1,000,000 finished requests of 1,000 members in 100 channels, first for one member, then for 50 at once;
on an SQLite file and on PostgreSQL, at the given URL (an empty database of your own) or on a temporary
server. No prompt matches, which is the slowest case. Exit code 1: a target was missed.
"""

from __future__ import annotations

import argparse
import asyncio
import statistics
import sys
import time
from pathlib import Path

from sqlalchemy import Engine, insert, literal, select, text

from bot.store.db.engine import open_engine
from bot.store.db.tables import jobs as table
from bot.store.history import HistoryStore
from tests.support.postgres_server import temporary_databases

MEMBERS, CHANNELS = 1_000, 100
AT_ONCE = 50
TARGET_MS = 1_000.0
"""A third of Discord's limit, for all who type at once."""


def main() -> int:
    """Measure both databases; return 1 if a target was missed."""
    options = parse()
    with temporary_databases(options.postgres) as urls:
        good = [asyncio.run(measure(name, url, options.finished)) for name, url in urls.items()]
    return 0 if all(good) else 1


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Measure the search for earlier results.")
    parser.add_argument("postgres", nargs="?", default="", help="URL of an empty PostgreSQL database")
    parser.add_argument("--finished", type=int, default=1_000_000, help="finished requests")
    return parser.parse_args()


async def measure(name: str, url: str, finished: int) -> bool:
    async with open_engine(url) as engine:
        await fill(engine, finished)
        history = HistoryStore(engine, Path())
        alone = [await search(history, member) for member in range(100)]
        together = await asyncio.gather(*(search(history, member) for member in range(AT_ONCE)))
    print(f"{name}, {finished:,} finished: one member, p50: {statistics.median(alone):.1f} ms")
    slowest = max(together)
    good = slowest <= TARGET_MS
    print(
        f"{name}, {finished:,} finished: {AT_ONCE} at once, the slowest: {slowest:.0f} ms "
        f"({'good' if good else 'MISSED'}: at most {TARGET_MS:g})"
    )
    return good


async def search(history: HistoryStore, member: int) -> float:
    began = time.perf_counter()
    await history.suggestions(member, member % CHANNELS, search="giraffe", most=100)
    return (time.perf_counter() - began) * 1000


async def fill(engine: Engine, count: int) -> None:
    """Insert finished requests, as if accepted one after the other."""
    numbers = select(literal(1).label("n")).cte("numbers", recursive=True)
    numbers = numbers.union_all(select(numbers.c.n + 1).where(numbers.c.n < count))
    n = numbers.c.n
    row = {
        "interaction_id": n,
        "kind": literal("imagine"),
        "state": literal("done"),
        "user_id": n % MEMBERS,
        "guild_id": literal(1),
        "channel_id": (n // MEMBERS) % CHANNELS,
        "locale": literal("en"),
        "upload_limit": literal(1),
        "application_id": literal(1),
        "message_id": n,
        "ephemeral": literal(False),
        "token_expires_at": literal(0.0),
        "prompt": literal("a lighthouse in a storm, oil on canvas, heavy brush strokes"),
        "ratio": literal("1:1"),
        "size": literal("2K"),
        "spoiler": literal(False),
        "amount": literal(1),
        "created_at": n * 1.0,
        "run_at": literal(0.0),
        "deadline": literal(99.0),
        "attempts": literal(1),
        "turn": n,
        "started_at": literal(1.0),
        "drawn_at": literal(2.0),
        "pictures": text("""'[{"file": "1/a.png", "format": "png", "width": 1, "height": 1}]'"""),
        "facts": text("'{}'"),
    }
    with engine.begin() as connection:
        connection.execute(insert(table).from_select(list(row), select(*row.values())))
    if engine.dialect.name == "postgresql":
        with engine.connect() as connection:
            connection.execution_options(isolation_level="AUTOCOMMIT")
            connection.execute(text("ANALYZE jobs"))


if __name__ == "__main__":
    sys.exit(main())
