"""A database outage: accepted requests are kept, and work resumes as soon as the database is back."""

from __future__ import annotations

import asyncio
from pathlib import Path
from time import monotonic

import pytest

from tests.support.chaos.database import Database
from tests.support.chaos.members import Kind, Members
from tests.support.wire.fleet import open_fleet

MAX_RESUME_TIME = 2.0
"""Seconds from the database being back to the next job's start, on an idle machine."""
SLOWNESS = 5
"""How many times as long as the database's own start a busy machine may take in addition."""
OUTAGE = 8.0


@pytest.mark.timeout(120)
async def test_jobs_start_again_soon_after_the_database_is_back(tmp_path: Path, postgres: Database) -> None:
    async with open_fleet(postgres.url, tmp_path, delay=0.5, ready=True) as fleet:
        fleet.process("run", RUN_WORKERS="false")
        fleet.process("worker")
        fleet.process("worker")
        await asyncio.gather(*(process.start() for process in fleet.processes))
        members = Members(
            fleet.discord, lambda: 0, kinds=[Kind(count=1), Kind(count=3, options={"count": 3})]
        )
        submitting = asyncio.create_task(members.submit_all(members=8, each=5))
        await fleet.discord.until(lambda: members.answered >= 4, "some answers")
        await postgres.stop()
        # Long enough for every process to have reached its longest reconnect pause.
        await asyncio.sleep(OUTAGE)
        began = monotonic()
        await postgres.start()
        back = monotonic()
        await fleet.discord.until(lambda: fleet.relay.request_times[-1] > back, "the next job", 60)
        resumed = next(at for at in fleet.relay.request_times if at > back) - back
        print(f"the next job started {resumed:.2f} s after the database was back")  # noqa: T201  # the measurement
        await submitting
        assert resumed <= MAX_RESUME_TIME + SLOWNESS * (back - began)
        for process in fleet.processes:
            log = "\n".join(process.lines)
            assert log.count("the database is unavailable") == log.count("available again") == 1
            assert "Traceback" not in log
