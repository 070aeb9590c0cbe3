"""Records the relay's health after each call, shared by all processes."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from pathlib import Path

from bot.domain.errors import Blocked, ReferenceUnusable, RelayBusy, RelayDown, RelayUnavailable, SizeRefused
from bot.domain.models import ImageRequest, Picture
from bot.domain.ports import Relay
from bot.domain.relay_health import RelayHealth
from bot.store.errors import log_failure
from bot.store.queue.relay_state import RelayState

log = logging.getLogger(__name__)


class RelayCircuitBreaker:
    """Calls ``relay`` and records in ``state`` what each outcome says about its health."""

    def __init__(self, relay: Relay, state: RelayState, clock: Callable[[], float]) -> None:
        self._relay = relay
        self._state = state
        self._clock = clock

    async def generate(self, request: ImageRequest, into: Path) -> Picture:
        """Generate one picture; raise ``RelayDown`` for a failure while the relay counts as down."""
        began = self._clock()
        try:
            picture = await self._relay.generate(request, into)
        except RelayUnavailable as error:
            health = await self._record(lambda: self._state.record_failure(began=began, now=self._clock()))
            if health is not None and health.is_down:
                raise RelayDown(error.detail, until=health.down_until) from error
            raise
        except RelayBusy as error:
            retry_after = error.retry_after
            await self._record(
                lambda: self._state.record_busy(began=began, now=self._clock(), retry_after=retry_after)
            )
            raise
        except (Blocked, ReferenceUnusable, SizeRefused):
            await self._record(lambda: self._state.record_success(now=self._clock()))
            raise
        await self._record(lambda: self._state.record_success(now=self._clock()))
        return picture

    async def _record(self, change: Callable[[], Awaitable[RelayHealth]]) -> RelayHealth | None:
        try:
            return await change()
        except Exception as error:
            # The outcome of the call stands even while the database is unavailable.
            log_failure(log, error, "the relay's health could not be recorded")
            return None
