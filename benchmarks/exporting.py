"""Measure the export of a member's 20,000 requests, from the database to the files.

Seconds and CPU of the whole process, the best of five, and the peak of what Python allocates beside it, in a
run of its own; on an SQLite file with 100,000 finished jobs. Left out is sending the files; prompts are the
same, so they are compressed faster than others. Exit code 1: the target was missed.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
import tempfile
import time
import tracemalloc
from pathlib import Path

from sqlalchemy import Connection, update

from benchmarks.claims import fill, verdict
from bot.pictures.originals import open_originals
from bot.services.personal_data.erasure_log import ErasureLog
from bot.services.personal_data.privacy import PrivacyService
from bot.store.db.engine import open_engine
from bot.store.db.tables import jobs
from bot.store.db.transactions import write
from bot.store.erasures import ErasureList
from bot.store.guilds import GuildStore
from bot.store.members import MemberStore
from bot.store.personal_data import PersonalDataStore

TARGET_SECONDS = 0.8
LIMIT = 10 * 1024 * 1024
"""Bytes of a file that Discord takes from a bot."""
MEMBER = 7
ROUNDS = 5
PICTURES = [{"file": "1/1.jpg", "format": "jpeg", "width": 2048, "height": 2048}]


def main() -> int:
    """Measure; return 1 if the target was missed."""
    parser = argparse.ArgumentParser(description="Measure the export of a member's requests.")
    parser.add_argument("--requests", type=int, default=20_000, help="requests of the member")
    with tempfile.TemporaryDirectory() as folder:
        return 0 if asyncio.run(measure(Path(folder), parser.parse_args().requests)) else 1


async def measure(folder: Path, requests: int) -> bool:
    async with open_engine(f"sqlite:///{folder}/jobs.db", durable=False) as engine:
        await fill(engine, "done", 5 * requests, members=5)

        def give(connection: Connection) -> None:
            theirs = jobs.c.user_id == 0
            connection.execute(update(jobs).where(theirs).values(user_id=MEMBER, pictures=PICTURES))

        await write(engine, give)
        records = PersonalDataStore(engine)
        privacy = PrivacyService(
            records,
            GuildStore(engine, time.time),
            MemberStore(engine),
            open_originals((folder / "originals").as_uri()),
            ErasureLog(records, ErasureList(folder / "erasures.jsonl"), time.time),
            time.time,
        )
        rounds = [await export(privacy) for _ in range(ROUNDS)]
        tracemalloc.start()
        await export(privacy)
        memory = tracemalloc.get_traced_memory()[1]
    seconds, cpu, size = (min(figures) for figures in zip(*rounds, strict=True))
    print(f"{size / 1e6:.1f} MB of files, {cpu:.2f} s of CPU, {memory / 1e6:.0f} MB allocated at most")
    return verdict(f"export of {requests:,} requests, s", seconds, seconds <= TARGET_SECONDS, "≤ 0.8")


async def export(privacy: PrivacyService) -> tuple[float, float, int]:
    """Return the seconds, the CPU seconds and the bytes of an export."""
    begun, cpu, size = time.perf_counter(), time.process_time(), 0
    async for file in privacy.export(MEMBER, LIMIT):
        size += len(file.content)
    return time.perf_counter() - begun, time.process_time() - cpu, size


if __name__ == "__main__":
    sys.exit(main())
