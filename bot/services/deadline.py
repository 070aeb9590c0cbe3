"""Wait for work at most so long, for handlers that must answer Discord within three seconds.

Of a period in which work is late, only the beginning and the end are logged.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Coroutine
from functools import partial
from typing import Any, TypeVar

from bot.domain.errors import StorageUnavailable
from bot.store.errors import log_failure

log = logging.getLogger(__name__)

_T = TypeVar("_T")
_Errors = type[Exception] | tuple[type[Exception], ...]


class Deadline:
    """A time limit in ``seconds``; work that exceeds it isn't cancelled but finishes in the background."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        # The event loop keeps only weak references to tasks.
        self._tasks: set[asyncio.Task[Any]] = set()
        self._late = set[asyncio.Task[Any]]()

    @property
    def pending(self) -> int:
        """How much work is unfinished."""
        return len(self._tasks)

    async def wait_or_default(
        self, work: Coroutine[Any, Any, _T], default: _T, *, raises: _Errors = ()
    ) -> _T:
        """Return the result of the work, or the default when it fails or exceeds the limit.

        Errors of the types ``raises`` are raised, and ignored when they come too late.
        """
        task = await self._wait(work, raises)
        if task is None:
            return default
        if (error := task.exception()) is None:
            return task.result()
        if isinstance(error, raises):
            raise error
        log_failure(log, error, "%s failed; continuing without it", work.__qualname__)
        return default

    async def wait(self, work: Coroutine[Any, Any, _T]) -> _T:
        """Return the result of work on the database; raise ``StorageUnavailable`` when it exceeds the limit.

        Other errors of the work are raised, and ignored when they come too late.
        """
        task = await self._wait(work, Exception)
        if task is None:
            raise StorageUnavailable
        return await task

    async def _wait(self, work: Coroutine[Any, Any, _T], expected: _Errors) -> asyncio.Task[_T] | None:
        """Return the work when it has ended; None if it exceeds the limit."""
        task = asyncio.create_task(work)
        self._tasks.add(task)
        try:
            done, _ = await asyncio.wait({task}, timeout=self._seconds)
        except asyncio.CancelledError:
            task.add_done_callback(partial(self._finish_late, expected=expected))
            raise
        if done:
            self._tasks.discard(task)
            return task
        if not self._late:
            log.warning("%s takes more than %g s; continuing without it", work.__qualname__, self._seconds)
        self._late.add(task)
        task.add_done_callback(partial(self._finish_late, expected=expected))
        return None

    def _finish_late(self, task: asyncio.Task[Any], *, expected: _Errors) -> None:
        self._tasks.discard(task)
        error = None if task.cancelled() else task.exception()
        if error is not None and not isinstance(error, expected):
            log_failure(log, error, "late work failed")
        if task in self._late:
            self._late.discard(task)
            if not self._late:
                log.info("no work is late any more")
