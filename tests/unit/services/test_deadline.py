"""Who waits only so long gets an answer in time, whatever becomes of the work."""

from __future__ import annotations

import asyncio
import logging

import pytest

from bot.services.deadline import Patience


async def test_work_that_is_done_in_time_gives_its_answer() -> None:
    async def work() -> str:
        return "done"

    assert await Patience(1).wait(work(), "late") == "done"


async def test_work_that_fails_gives_the_other_answer_and_a_line_in_the_log(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async def work() -> str:
        raise LookupError("the database is away")

    assert await Patience(1).wait(work(), "late") == "late"
    assert "failed; answering without it" in caplog.text


async def test_work_that_is_late_goes_on_without_anybody_waiting(caplog: pytest.LogCaptureFixture) -> None:
    go_on, ended = asyncio.Event(), asyncio.Event()

    async def work() -> str:
        await go_on.wait()
        ended.set()
        raise LookupError("and fails")

    assert await Patience(0.01).wait(work(), "late") == "late"
    assert not ended.is_set()
    go_on.set()
    await ended.wait()
    await asyncio.sleep(0)
    assert [record.levelno for record in caplog.records] == [logging.WARNING, logging.ERROR]
