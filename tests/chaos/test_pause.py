"""A worker that stood still for too long has lost its job to another, and does no more about it.

Of all moments it stands still in the middle of a transaction, whose locks are in everyone's way.
"""

from __future__ import annotations

import asyncio
import signal
from pathlib import Path

import pytest

from tests.support.chaos.database import Database
from tests.support.databases import with_query
from tests.support.wire.bot_under_test import BotProcess
from tests.support.wire.fleet import open_fleet


@pytest.mark.timeout(120)
async def test_a_worker_that_wakes_neither_posts_nor_finishes_what_another_took(
    tmp_path: Path, postgres: Database
) -> None:
    async with open_fleet(postgres.url, tmp_path, ready=True) as fleet:
        await fleet.process("run", RUN_WORKERS="false").start()
        sleeper = fleet.process(
            "worker", WORKER_LEASE="2", DATABASE_URL=with_query(postgres.url, application_name="sleeper")
        )
        other = fleet.process("worker", WORKER_LEASE="2")
        await sleeper.start()
        gate = fleet.relay.hold("a sleeping cat")
        asked = await fleet.discord.slash(501, "imagine", prompt="a sleeping cat", size="1K")
        await gate.wait()
        while not _stopped_while_writing(sleeper, postgres):
            sleeper.signal(signal.SIGCONT)
            await asyncio.sleep(0.001)
        await other.start()
        message = await fleet.discord.outcome(asked, 60)
        row, edits = await other.answered(asked.id), len(message.edits)
        gate.released.set()
        sleeper.signal(signal.SIGCONT)
        assert await sleeper.stop(patience=40) == 0
        assert len(fleet.relay.calls("a sleeping cat")) == 2
        assert sleeper.spool == []
        assert (len(message.edits), len(message.pictures)) == (edits, 1)
        assert other.job(asked.id) == row
        assert "answered" not in sleeper.log
        assert fleet.discord.complaints == []


def _stopped_while_writing(process: BotProcess, database: Database) -> bool:
    process.signal(signal.SIGSTOP)
    return database.is_held_by("sleeper")
