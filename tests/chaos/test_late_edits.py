"""A process that was stopped in the middle of a card's edit finishes it after the answer was recorded."""

from __future__ import annotations

import signal
from pathlib import Path

import pytest

from tests.support.chaos.database import Database
from tests.support.wire.discord_rest import When
from tests.support.wire.fleet import open_fleet


@pytest.mark.timeout(120)
async def test_an_answer_that_a_late_edit_covered_is_delivered_again_into_the_same_message(
    tmp_path: Path, postgres: Database
) -> None:
    async with open_fleet(postgres.url, tmp_path, ready=True) as fleet:
        gateway = fleet.process("run", RUN_WORKERS="false")
        worker = fleet.process("worker")
        await gateway.start()
        await worker.start()
        held = fleet.discord.hold_next("PATCH", "/webhooks/", "before")
        asked = await fleet.discord.slash(501, "imagine", prompt="a sleeping cat", size="1K")
        await held.wait()
        gateway.signal(signal.SIGSTOP)
        message = await fleet.discord.outcome(asked, 60)
        await worker.wait_until_answered(asked.id)
        held.release()
        await fleet.discord.until(lambda: not message.is_outcome, "the late edit")
        gateway.signal(signal.SIGCONT)
        await fleet.discord.outcome(asked, 60)
        assert len(message.pictures) == 1
        assert len(fleet.relay.calls("a sleeping cat")) == 1
        assert [each.id for each in fleet.discord.messages.values()] == [message.id]
        assert await gateway.stop() == await worker.stop() == 0
        row = worker.job(asked.id)
        assert (row["state"], row["token"], row["message_id"]) == ("done", None, message.id)
        assert gateway.spool == worker.spool == []
        assert fleet.discord.violations == []


@pytest.mark.timeout(120)
async def test_an_answer_that_an_edit_of_a_killed_process_covered_is_delivered_again(tmp_path: Path) -> None:
    async with open_fleet(f"sqlite:///{tmp_path}/jobs.db", tmp_path, ready=True) as fleet:
        bot = fleet.process("run")
        await bot.start()
        held = fleet.discord.hold_next("PATCH", "/webhooks/", "before", when=_says("Drawing"))
        gate = fleet.relay.hold("a sleeping cat")
        asked = await fleet.discord.slash(501, "imagine", prompt="a sleeping cat", size="1K")
        await held.wait()
        assert await bot.stop(signal.SIGKILL) == -signal.SIGKILL
        gate.released.set()
        await bot.start()
        message = await fleet.discord.outcome(asked, 60)
        await bot.wait_until_answered(asked.id)
        held.release()
        await fleet.discord.until(lambda: not message.is_outcome, "the late edit")
        await fleet.discord.outcome(asked, 60)
        assert len(message.pictures) == 1
        assert len(fleet.relay.calls("a sleeping cat")) == 2  # the killed process made one of them
        assert await bot.stop() == 0
        assert (bot.job(asked.id)["state"], bot.spool) == ("done", [])
        assert fleet.discord.violations == []


@pytest.mark.timeout(120)
async def test_an_answer_that_a_late_notice_of_a_slow_database_covered_is_delivered_again(
    tmp_path: Path, postgres: Database
) -> None:
    async with open_fleet(postgres.url, tmp_path, ready=True) as fleet:
        gateway = fleet.process("run", RUN_WORKERS="false")
        worker = fleet.process("worker")
        await gateway.start()
        await worker.start()
        held = fleet.discord.hold_next("PATCH", "/webhooks/", "before", when=_says("storage"))
        with postgres.hold_writes():
            asked = await fleet.discord.slash(501, "imagine", prompt="a sleeping cat", size="1K")
            await held.wait(60)
        message = await fleet.discord.outcome(asked, 60)
        await worker.wait_until_answered(asked.id)
        held.release()
        await fleet.discord.until(lambda: not message.is_outcome, "the late notice")
        await fleet.discord.outcome(asked, 60)
        assert len(message.pictures) == 1
        assert len(fleet.relay.calls("a sleeping cat")) == 1
        assert [each.id for each in fleet.discord.messages.values()] == [message.id]
        assert await gateway.stop() == await worker.stop() == 0
        assert worker.job(asked.id)["state"] == "done"


def _says(words: str) -> When:
    return lambda call: words in str(call.payload)
