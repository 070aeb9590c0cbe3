"""A worker that was stopped for longer than its lease loses its job to another, and doesn't touch it again.

It is stopped in the middle of a transaction, while it holds locks that others need.
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
async def test_a_resumed_worker_neither_posts_nor_finishes_a_job_that_another_took_over(
    tmp_path: Path, postgres: Database
) -> None:
    async with open_fleet(postgres.url, tmp_path, ready=True) as fleet:
        await fleet.process("run", RUN_WORKERS="false").start()
        paused = fleet.process(
            "worker", WORKER_LEASE="2", DATABASE_URL=with_query(postgres.url, application_name="paused")
        )
        other = fleet.process("worker", WORKER_LEASE="2")
        await paused.start()
        gate = fleet.relay.hold("a sleeping cat")
        asked = await fleet.discord.slash(501, "imagine", prompt="a sleeping cat", size="1K")
        await gate.wait()
        while not _stopped_in_transaction(paused, postgres):
            paused.signal(signal.SIGCONT)
            await asyncio.sleep(0.001)
        await other.start()
        message = await fleet.discord.outcome(asked, 60)
        row, edits = await other.wait_until_answered(asked.id), len(message.edits)
        gate.released.set()
        paused.signal(signal.SIGCONT)
        assert await paused.stop(seconds=40) == 0
        assert len(fleet.relay.calls("a sleeping cat")) == 2
        assert paused.spool == []
        assert (len(message.edits), len(message.pictures)) == (edits, 1)
        assert other.job(asked.id) == row
        assert "answered" not in paused.log
        assert fleet.discord.violations == []


def _stopped_in_transaction(process: BotProcess, database: Database) -> bool:
    process.signal(signal.SIGSTOP)
    return database.has_open_write("paused")
