"""Waits only so long: for those who have three seconds in all to answer."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Coroutine
from typing import Any, TypeVar

log = logging.getLogger(__name__)

_T = TypeVar("_T")


class Patience:
    """Gives work ``seconds``; what takes longer isn't cut off, but goes on without anybody waiting."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._late: set[asyncio.Task[Any]] = set()

    async def wait(self, work: Coroutine[Any, Any, _T], otherwise: _T) -> _T:
        """Return what the work comes to, or something else where it fails or takes too long."""
        task = asyncio.create_task(work)
        done, _ = await asyncio.wait({task}, timeout=self._seconds)
        if not done:
            log.warning("%s takes more than %g s; answering without it", work.__qualname__, self._seconds)
            self._late.add(task)
            task.add_done_callback(self._forget)
            return otherwise
        if (error := task.exception()) is not None:
            log.error("%s failed; answering without it", work.__qualname__, exc_info=error)
            return otherwise
        return task.result()

    def _forget(self, task: asyncio.Task[Any]) -> None:
        self._late.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            log.error("what took too long failed in the end", exc_info=error)
