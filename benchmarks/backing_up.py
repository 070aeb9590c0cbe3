"""Measure a backup, its restoration and copies of 1,000,000 finished requests, on both databases.

    python -m benchmarks.backing_up [--requests N] [--only SQLite|PostgreSQL|copies] [POSTGRES_URL]

Seconds of ``jimeng-bot backup``, with its processor time, and of the rest from call to result, each once,
without files of pictures. While the backup runs, a writer changes one row after another: its longest
transaction is shown beside the longest one without a backup. Commits on SQLite aren't durable here, those of
the backup file are. The copies go from SQLite to PostgreSQL and from there into another SQLite file, whose
rows are compared with those of the first one. Exit code 1: a target was missed, or rows differ.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import resource
import sqlite3
import sys
import time
from collections.abc import Awaitable
from contextlib import closing, suppress
from pathlib import Path
from tempfile import TemporaryDirectory

from sqlalchemy import Connection, Engine, text, update

from benchmarks.claims import fill, verdict
from bot.store.db.engine import open_engine
from bot.store.db.tables import jobs
from bot.store.db.transactions import write
from bot.store.transfer.copy import copy_database
from bot.store.transfer.restore import restore
from bot.store.transfer.table_copy import COPIED
from tests.support.postgres_server import temporary_databases

PAUSE = 0.02
"""Seconds between two transactions of the writer."""


def main() -> int:
    """Measure both databases; return 1 if a target was missed."""
    parser = argparse.ArgumentParser(description="Measure backup, restore and copy.")
    parser.add_argument("postgres", nargs="?", default="", help="URL of an empty PostgreSQL database")
    parser.add_argument("--requests", type=int, default=1_000_000)
    parser.add_argument("--only", choices=("SQLite", "PostgreSQL", "copies"), help="one part of it")
    options = parser.parse_args()
    good = True
    with temporary_databases(options.postgres) as urls, TemporaryDirectory() as folder:
        for name, url in urls.items():
            if options.only in (None, name):
                good &= asyncio.run(measure(name, url, Path(folder), options.requests))
        if options.only in (None, "copies"):
            good &= asyncio.run(copy(urls["PostgreSQL"], Path(folder), options.requests))
    return 0 if good else 1


async def measure(name: str, url: str, folder: Path, requests: int) -> bool:
    file = folder / f"{name}.db"
    async with open_engine(url, durable=False) as engine:
        await fill(engine, "done", requests)
        alone = await longest_write(engine, asyncio.sleep(3))
        begun, computed = time.perf_counter(), processor_time()
        held = await longest_write(engine, back_up(url, file))
        took, computed = time.perf_counter() - begun, processor_time() - computed
    size = await asyncio.to_thread(file.stat)
    print(f"      {name}: the file has {size.st_size / 1e6:,.0f} MB; longest write without: {alone:.0f} ms")
    print(f"      {name}: processor time of the backup, without the database server's, s: {computed:.1f}")
    good = verdict(f"{name}: backup, s", took, took <= 10, "≤ 10")
    good &= verdict(f"{name}: longest write meanwhile, ms", held, held <= 200, "≤ 200")
    begun = time.perf_counter()
    await restore(file, url, folder, replace=True, now=time.time())
    print(f"      {name}: restore, s: {time.perf_counter() - begun:.1f}")
    return good


async def back_up(url: str, file: Path) -> None:
    environment = {**os.environ, "DATABASE_URL": url, "DATA_DIR": str(file.parent), "RELAY_URL": "demo"}
    program = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "bot", "backup", str(file), env=environment, stdout=asyncio.subprocess.DEVNULL
    )
    assert await program.wait() == 0


def processor_time() -> float:
    """Return the seconds of the processes that were started and have ended."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


async def copy(postgres: str, folder: Path, requests: int) -> bool:
    first, last = folder / "first.db", folder / "last.db"
    async with open_engine(f"sqlite:///{first}", durable=False) as engine:
        await fill(engine, "done", requests)
    async with open_engine(postgres) as engine:
        await write(engine, truncate)
    good = await copy_once("SQLite to PostgreSQL", f"sqlite:///{first}", postgres)
    good &= await copy_once("PostgreSQL to SQLite", postgres, f"sqlite:///{last}")
    different = different_tables(first, last)
    print(f"      tables that differ after both: {', '.join(different) or 'none'}")
    return good and not different


def truncate(connection: Connection) -> None:
    connection.execute(text(f"TRUNCATE {', '.join(table.name for table in COPIED)}"))


async def copy_once(what: str, source: str, target: str) -> bool:
    begun = time.perf_counter()
    await copy_database(source, target)
    took = time.perf_counter() - begun
    return verdict(f"copy from {what}, s", took, took <= 180, "≤ 180")


def different_tables(first: Path, second: Path) -> list[str]:
    """Return the tables of two SQLite files whose rows aren't the same, but for what processes need."""
    unlike = "SELECT count(*) FROM (SELECT * FROM {0}.{2} EXCEPT SELECT * FROM {1}.{2})"
    with closing(sqlite3.connect(first)) as database:
        database.execute("ATTACH ? AS other", (str(second),))
        return [
            table.name
            for table in COPIED
            for pair in (("main", "other"), ("other", "main"))
            if database.execute(unlike.format(*pair, table.name)).fetchone()[0]
        ]


async def longest_write(engine: Engine, meanwhile: Awaitable[object]) -> float:
    """Return the milliseconds of the longest of many small transactions while something runs."""
    longest = 0.0

    def work(connection: Connection) -> None:
        connection.execute(update(jobs).where(jobs.c.id == 1).values(starred=True))

    async def change_often() -> None:
        nonlocal longest
        while True:
            begun = time.perf_counter()
            await write(engine, work)
            longest = max(longest, (time.perf_counter() - begun) * 1000)
            await asyncio.sleep(PAUSE)

    writer = asyncio.create_task(change_often())
    try:
        await meanwhile
    finally:
        writer.cancel()
        with suppress(asyncio.CancelledError):
            await writer
    return longest


if __name__ == "__main__":
    sys.exit(main())
