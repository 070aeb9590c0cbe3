"""A process that was stopped in the middle of a card's edit finishes it after the answer was recorded."""

from __future__ import annotations

import signal
from pathlib import Path

import pytest

from tests.support.chaos.database import Database
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
