"""The database goes away for a while: what was asked is kept, and work goes on as soon as it is back."""

from __future__ import annotations

import asyncio
from pathlib import Path
from time import monotonic

import pytest

from tests.support.chaos.database import Database
from tests.support.chaos.members import Crowd
from tests.support.wire.bot_under_test import BotProcess
from tests.support.wire.fleet import open_fleet

PROMPTLY = 2.0
"""Seconds from the database being back to the next job's start."""


@pytest.mark.timeout(120)
async def test_jobs_start_again_soon_after_the_database_is_back(tmp_path: Path, postgres: Database) -> None:
    async with open_fleet(postgres.url, tmp_path, delay=0.5, ready=True) as fleet:
        fleet.process("run", RUN_WORKERS="false")
        fleet.process("worker")
        fleet.process("worker")
        await asyncio.gather(*(process.start() for process in fleet.processes))
        crowd = Crowd(fleet.discord, lambda: 0)
        asking = asyncio.create_task(crowd.ask(members=8, each=5))
        await fleet.discord.until(lambda: crowd.answered >= 4, "some answers")
        await postgres.go_away()
        # Long enough for everyone to ask only now and then whether it is back.
        await fleet.discord.until(lambda: min(map(_tries, fleet.processes)) >= 7, "patience", 60)
        await postgres.come_back()
        back = monotonic()
        await fleet.discord.until(lambda: fleet.relay.asked_at[-1] > back, "the next job", 60)
        again = next(at for at in fleet.relay.asked_at if at > back) - back
        print(f"the next job began {again:.2f} s after the database was back")  # noqa: T201  # a figure of a long run
        await asking
        assert again <= PROMPTLY


def _tries(process: BotProcess) -> int:
    return sum("news are cut off" in line for line in process.lines)
