"""What the operator sees of all processes together: open jobs and the health of what draws."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass

from bot.domain.models import QueueCounts
from bot.domain.ports import Clock
from bot.domain.relay_health import RelayHealth
from bot.store.queue.forecasts.queue_counts import QueueCountStore
from bot.store.queue.services.relay_state import RelayState

CACHE_SECONDS = 5.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Overview:
    """The state of the queue and of each service, ``at`` a time in seconds since the epoch."""

    at: float
    queue: QueueCounts
    services: Mapping[str, RelayHealth]


class OverviewService:
    """Reads overviews; one is used again for ``CACHE_SECONDS``, however many ask for it."""

    def __init__(self, counts: QueueCountStore, relay: RelayState, clock: Clock) -> None:
        self._counts = counts
        self._relay = relay
        self._clock = clock
        self._last: Overview | None = None
        self._reading = asyncio.Lock()

    @property
    def last(self) -> Overview | None:
        """The newest overview; None before the first one."""
        return self._last

    async def read(self) -> Overview:
        """Return the state of all processes; raise the database's errors."""
        async with self._reading:
            now = self._clock()
            if self._last is None or not 0 <= now - self._last.at < CACHE_SECONDS:
                queue, services = await self._counts.read(now=now), await self._relay.healths()
                self._last = Overview(at=now, queue=queue, services=services)
            return self._last
