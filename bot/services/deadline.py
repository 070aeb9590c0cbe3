"""Wait for work at most so long, for handlers that must answer Discord within three seconds."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Coroutine
from functools import partial
from typing import Any, TypeVar

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
        task = asyncio.create_task(work)
        self._tasks.add(task)
        try:
            done, _ = await asyncio.wait({task}, timeout=self._seconds)
        except asyncio.CancelledError:
            task.add_done_callback(partial(self._finish_late, expected=raises))
            raise
        if not done:
            log.warning("%s takes more than %g s; continuing without it", work.__qualname__, self._seconds)
            task.add_done_callback(partial(self._finish_late, expected=raises))
            return default
        self._tasks.discard(task)
        if (error := task.exception()) is None:
            return task.result()
        if isinstance(error, raises):
            raise error
        log_failure(log, error, "%s failed; continuing without it", work.__qualname__)
        return default

    def _finish_late(self, task: asyncio.Task[Any], *, expected: _Errors) -> None:
        self._tasks.discard(task)
        error = None if task.cancelled() else task.exception()
        if error is not None and not isinstance(error, expected):
            log_failure(log, error, "late work failed")
