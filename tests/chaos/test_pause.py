"""A process that was stopped for longer than its lease, as on a suspended laptop, doubles nothing."""

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
    """It is stopped in the middle of a transaction, while it holds locks that others need."""
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


@pytest.mark.timeout(120)
async def test_a_resumed_process_without_others_goes_on_with_what_it_had_begun(tmp_path: Path) -> None:
    async with open_fleet(f"sqlite:///{tmp_path}/jobs.db", tmp_path, ready=True) as fleet:
        bot = fleet.process("run", WORKER_LEASE="2", RELAY_CONCURRENCY="1")
        await bot.start()
        gate = fleet.relay.hold("a sleeping cat")
        asked = [
            await fleet.discord.slash(501, "imagine", prompt=prompt, size="1K")
            for prompt in ("a sleeping cat", "a red fox", "a blue bird")
        ]
        await gate.wait()
        bot.signal(signal.SIGSTOP)
        await asyncio.sleep(6)  # the lease must expire in real time
        gate.released.set()
        bot.signal(signal.SIGCONT)
        messages = [await fleet.discord.outcome(each, 60) for each in asked]
        rows = [await bot.wait_until_answered(each.id) for each in asked]
        assert await bot.stop() == 0
        assert [body["prompt"] for body in fleet.relay.requests] == [row["prompt"] for row in rows]
        assert [(row["state"], row["attempts"]) for row in rows] == [("done", 1)] * 3
        assert [len(message.pictures) for message in messages] == [1] * 3
        assert len(fleet.discord.messages) == 3
        assert fleet.discord.violations == []


def _stopped_in_transaction(process: BotProcess, database: Database) -> bool:
    process.signal(signal.SIGSTOP)
    return database.has_open_write("paused")
