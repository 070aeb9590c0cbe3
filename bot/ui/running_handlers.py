"""Keeps count of the handlers that are running, so that a stop loses no request they have read."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Generator
from contextlib import contextmanager, suppress
from typing import Any

log = logging.getLogger(__name__)

GiveUp = Callable[[], Awaitable[object]]
_END_TIMEOUT = 1.0
"""Seconds that cancelled handlers may take to end."""
_GIVE_UP_TIMEOUT = 3.0
"""Seconds that the answer to a requester may take; in an outage their language can't be read in time."""


class RunningHandlers:
    """The handlers of interactions and messages that are running."""

    def __init__(self) -> None:
        self._give_up: dict[asyncio.Task[Any], GiveUp] = {}
        self._idle = asyncio.Event()
        self._idle.set()

    @contextmanager
    def track(self, give_up: GiveUp) -> Generator[None]:
        """Count the current task as a handler; ``give_up`` answers its requester if it is cancelled."""
        task = asyncio.current_task()
        if task is None or task in self._give_up:
            yield
            return
        self._give_up[task] = give_up
        self._idle.clear()
        try:
            yield
        finally:
            self._give_up.pop(task, None)
            if not self._give_up:
                self._idle.set()

    def mark_accepted(self) -> None:
        """Note that the current handler's request is accepted: if it is cancelled, nobody is notified."""
        task = asyncio.current_task()
        if task in self._give_up:
            self._give_up[task] = _do_nothing

    async def finish(self, seconds: float) -> None:
        """Wait until all handlers have ended; cancel those that take longer and answer their requesters."""
        # discord.py creates a task for each event: let those of the last ones begin.
        for _ in range(3):
            await asyncio.sleep(0)
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._idle.wait()
        if not self._give_up:
            return
        late = dict(self._give_up)
        log.warning("%d handlers did not end within %g s and are cancelled", len(late), seconds)
        for task in late:
            task.cancel()
        await asyncio.wait(late, timeout=_END_TIMEOUT)
        await asyncio.gather(*map(_give_up, late.values()))


async def _do_nothing() -> None: ...


async def _give_up(answer: GiveUp) -> None:
    try:
        async with asyncio.timeout(_GIVE_UP_TIMEOUT):
            await answer()
    except Exception as error:
        log.warning("a requester could not be notified of the restart: %r", error)
