"""The time in which the machine ran: while it stands still, nobody is late."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager, suppress

_LONGEST_STEP = 1.0
"""Seconds that a step counts at most, however long the event loop didn't run."""
_INTERVAL = 0.1


class RunningClock:
    """Counts seconds while it ticks."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._last = clock()
        self._seconds = 0.0

    def __call__(self) -> float:
        """Return the seconds so far."""
        now = self._clock()
        self._seconds += min(now - self._last, _LONGEST_STEP)
        self._last = now
        return self._seconds

    @asynccontextmanager
    async def ticking(self) -> AsyncGenerator[None]:
        """Tick until the context ends."""
        ticks = asyncio.create_task(self._tick())
        try:
            yield
        finally:
            ticks.cancel()
            with suppress(asyncio.CancelledError):
                await ticks

    async def _tick(self) -> None:
        while True:
            self()
            await asyncio.sleep(_INTERVAL)
