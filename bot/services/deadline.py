"""Wait for work at most so long, for handlers that must answer Discord within three seconds."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Coroutine
from typing import Any, TypeVar

log = logging.getLogger(__name__)

_T = TypeVar("_T")


class Deadline:
    """A time limit in ``seconds``; work that exceeds it isn't cancelled but finishes in the background."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._late: set[asyncio.Task[Any]] = set()

    async def wait_or_default(self, work: Coroutine[Any, Any, _T], default: _T) -> _T:
        """Return the result of the work, or the default when it fails or exceeds the limit."""
        task = asyncio.create_task(work)
        done, _ = await asyncio.wait({task}, timeout=self._seconds)
        if not done:
            log.warning("%s takes more than %g s; continuing without it", work.__qualname__, self._seconds)
            self._late.add(task)
            task.add_done_callback(self._forget)
            return default
        if (error := task.exception()) is not None:
            log.error("%s failed; continuing without it", work.__qualname__, exc_info=error)
            return default
        return task.result()

    def _forget(self, task: asyncio.Task[Any]) -> None:
        self._late.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            log.error("late work failed", exc_info=error)
