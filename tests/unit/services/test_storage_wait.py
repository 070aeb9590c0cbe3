"""Work on the database is repeated during an outage, for a limited time and a limited number of requests."""

from __future__ import annotations

import asyncio
from unittest.mock import patch

import pytest

from bot.domain.errors import RuleBroken, StorageUnavailable
from bot.services import storage_wait
from bot.services.storage_wait import StorageWait
from bot.store.errors import DatabaseOutage

NOW = patch.object(storage_wait, "_PAUSE", 0)


class Work:
    """Fails as often as it is told to, and counts."""

    def __init__(self, *errors: Exception) -> None:
        self._errors = list(errors)
        self.notices = 0

    async def __call__(self) -> str:
        if self._errors:
            raise self._errors.pop(0)
        return "done"

    async def notify(self) -> None:
        self.notices += 1
        raise OSError("Discord is away, too")


@NOW
async def test_an_outage_is_waited_for_and_quick_work_needs_no_notice() -> None:
    work = Work(DatabaseOutage(), DatabaseOutage())
    assert await StorageWait(notice_after=60).run(work, seconds=60, notify=work.notify) == "done"
    assert work.notices == 0


async def test_the_requester_is_notified_once_even_if_that_fails() -> None:
    work, proceed = Work(), asyncio.Event()

    async def slow() -> str:
        await proceed.wait()
        return await work()

    running = asyncio.create_task(StorageWait(notice_after=0).run(slow, seconds=60, notify=work.notify))
    while not work.notices:  # noqa: ASYNC110  # nothing signals it
        await asyncio.sleep(0)
    proceed.set()
    assert await running == "done" and work.notices == 1


async def test_the_wait_ends_in_time() -> None:
    work = Work()
    with pytest.raises(StorageUnavailable):
        await StorageWait().run(asyncio.Event().wait, seconds=0.01, notify=work.notify)


@NOW
async def test_other_errors_are_raised_at_once() -> None:
    for error in (RuleBroken("queue-full"), TimeoutError()):
        work = Work(DatabaseOutage(), error)
        with pytest.raises(type(error)):
            await StorageWait().run(work, seconds=60, notify=work.notify)


@patch.object(storage_wait, "_MOST", 1)
async def test_only_so_many_wait_at_the_same_time() -> None:
    work, wait = Work(), StorageWait()
    first = asyncio.create_task(wait.run(asyncio.Event().wait, seconds=60, notify=work.notify))
    await asyncio.sleep(0)
    with pytest.raises(StorageUnavailable):
        await wait.run(work, seconds=60, notify=work.notify)
    first.cancel()
    await asyncio.wait({first})
    assert await wait.run(work, seconds=60, notify=work.notify) == "done"
