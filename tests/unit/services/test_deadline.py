"""A caller with a deadline gets a value in time, whether or not the work finishes."""

from __future__ import annotations

import asyncio
import logging

import pytest

from bot.domain.errors import StorageUnavailable
from bot.services.deadline import Deadline


async def test_work_that_finishes_in_time_returns_its_result() -> None:
    async def work() -> str:
        return "done"

    assert await Deadline(1).wait_or_default(work(), "late") == "done"


async def test_work_that_fails_returns_the_default_and_is_logged(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async def work() -> str:
        raise LookupError("the database is away")

    assert await Deadline(1).wait_or_default(work(), "late") == "late"
    assert "failed; continuing without it" in caplog.text


async def test_late_work_continues_in_the_background(caplog: pytest.LogCaptureFixture) -> None:
    go_on, ended = asyncio.Event(), asyncio.Event()

    async def work() -> str:
        await go_on.wait()
        ended.set()
        raise LookupError("and fails")

    assert await Deadline(0.01).wait_or_default(work(), "late") == "late"
    assert not ended.is_set()
    go_on.set()
    await ended.wait()
    await asyncio.sleep(0)
    assert [record.levelno for record in caplog.records] == [logging.WARNING, logging.ERROR]


async def test_work_of_a_cancelled_caller_still_finishes(caplog: pytest.LogCaptureFixture) -> None:
    proceed, finished = asyncio.Event(), asyncio.Event()

    async def work() -> str:
        await proceed.wait()
        finished.set()
        raise LookupError("and fails")

    deadline = Deadline(60)
    caller = asyncio.create_task(deadline.wait_or_default(work(), "late"))
    await asyncio.sleep(0)
    caller.cancel()
    with pytest.raises(asyncio.CancelledError):
        await caller
    assert deadline.pending == 1
    proceed.set()
    await finished.wait()
    await asyncio.sleep(0)
    assert deadline.pending == 0
    assert [record.levelno for record in caplog.records] == [logging.ERROR]


async def test_chosen_errors_are_raised() -> None:
    async def work() -> str:
        raise LookupError("for the caller")

    with pytest.raises(LookupError):
        await Deadline(1).wait_or_default(work(), "late", raises=LookupError)


async def test_work_on_the_database_that_is_late_is_reported_as_an_outage() -> None:
    with pytest.raises(StorageUnavailable):
        await Deadline(0).wait(asyncio.sleep(0.01))


async def test_of_a_period_with_late_work_only_the_beginning_and_the_end_are_logged(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level("INFO", "bot.services")
    deadline, proceed = Deadline(0), asyncio.Event()
    for _ in range(20):
        await deadline.wait_or_default(proceed.wait(), False)
    proceed.set()
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    assert [record.levelname for record in caplog.records] == ["WARNING", "INFO"]
