"""Records the services' health after each call, shared by all processes."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from pathlib import Path

from bot.domain.errors import (
    BadReply,
    Blocked,
    ReferenceUnusable,
    RelayBusy,
    RelayDown,
    RelayUnavailable,
    SizeRefused,
)
from bot.domain.image_models.services import Services
from bot.domain.models import ImageRequest, Picture
from bot.domain.ports import Relay
from bot.domain.relay_health import RelayHealth
from bot.store.errors import log_failure
from bot.store.queue.services.relay_state import RelayState

log = logging.getLogger(__name__)


class RelayCircuitBreaker:
    """Calls ``relay`` and records in ``state`` what each outcome says about the service of its model."""

    def __init__(
        self, relay: Relay, state: RelayState, services: Services, clock: Callable[[], float]
    ) -> None:
        self._relay = relay
        self._state = state
        self._services = services
        self._clock = clock

    async def generate(self, request: ImageRequest, into: Path) -> Picture:
        """Generate one picture; raise ``RelayDown`` for a failure while the service counts as down."""
        service, began = self._services.of(request.model), self._clock()
        await self._require_up(service, began)
        try:
            picture = await self._relay.generate(request, into)
        except (RelayUnavailable, BadReply) as error:
            health = await self._record(
                lambda: self._state.record_failure(service, began=began, now=self._clock())
            )
            # A broken reply uses up its request's attempts: that may be the cause, and calls cost money.
            if isinstance(error, RelayUnavailable) and health is not None and health.is_down:
                raise RelayDown(error.detail, until=health.down_until) from error
            raise
        except RelayBusy as error:
            retry_after = error.retry_after
            await self._record(
                lambda: self._state.record_busy(
                    service, began=began, now=self._clock(), retry_after=retry_after
                )
            )
            raise
        except (Blocked, ReferenceUnusable, SizeRefused):
            await self._record(lambda: self._state.record_success(service, now=self._clock()))
            raise
        await self._record(lambda: self._state.record_success(service, now=self._clock()))
        return picture

    async def _require_up(self, service: str, now: float) -> None:
        """Raise ``RelayDown`` while a service isn't to be called.

        A claim asks for the service of its job alone, and some time before the job's later calls.
        """
        if len(self._services.names) == 1:
            return
        health = await self._record(lambda: self._state.health(service))
        if health is not None and health.is_down and now < health.down_until:
            raise RelayDown("known from other calls", until=health.down_until)

    async def _record(self, change: Callable[[], Awaitable[RelayHealth]]) -> RelayHealth | None:
        try:
            return await change()
        except Exception as error:
            # The outcome of the call stands even while the database is unavailable.
            log_failure(log, error, "the health of a service could not be recorded")
            return None
