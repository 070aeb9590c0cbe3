"""Carry on with work on the database through an outage, for as long as its requester can be answered."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from typing import TypeVar

from bot.domain.errors import StorageUnavailable
from bot.store.errors import DatabaseOutage

log = logging.getLogger(__name__)

_T = TypeVar("_T")
_PAUSE = 0.5
"""Seconds between two attempts; the store retries within each one."""
_MOST = 2000
"""How many requests may wait at the same time: each holds its place in memory."""


class StorageWait:
    """Repeats work while the database is unavailable, and notifies its requester that it waits."""

    def __init__(self, notice_after: float = 2.0) -> None:
        self._notice_after = notice_after
        self._waiting = 0

    async def run(
        self, work: Callable[[], Awaitable[_T]], *, seconds: float, notify: Callable[[], Awaitable[object]]
    ) -> _T:
        """Return the result of ``work``; it must be idempotent, as an outage makes it repeated.

        ``notify`` is called once if it takes long. Raises ``StorageUnavailable`` after ``seconds``, and at
        once when too many wait already.
        """
        if self._waiting >= _MOST:
            raise StorageUnavailable("request")
        self._waiting += 1
        limit = asyncio.timeout(max(seconds, 0))
        try:
            async with limit, self._notified(notify):
                return await _repeat(work)
        except TimeoutError as error:
            if not limit.expired():
                raise
            raise StorageUnavailable("request") from error
        finally:
            self._waiting -= 1

    @asynccontextmanager
    async def _notified(self, notify: Callable[[], Awaitable[object]]) -> AsyncGenerator[None]:
        """Notify the requester if the context takes long; a notice being sent is completed first."""

        async def notify_late() -> None:
            await asyncio.sleep(self._notice_after)
            sending.set()
            try:
                await notify()
            except Exception as error:
                # It is optional: the request waits all the same.
                log.warning("a requester could not be notified that the storage is away: %r", error)

        sending = asyncio.Event()
        notice = asyncio.create_task(notify_late())
        try:
            yield
        finally:
            if not sending.is_set():
                notice.cancel()
            await asyncio.wait({notice})


async def _repeat(work: Callable[[], Awaitable[_T]]) -> _T:
    while True:
        with suppress(DatabaseOutage):
            return await work()
        await asyncio.sleep(_PAUSE)
