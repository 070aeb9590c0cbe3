"""Watches how the relay does, for everybody."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from pathlib import Path

from bot.domain.errors import Blocked, ReferenceUnusable, RelayBusy, RelayDown, RelayUnavailable, SizeRefused
from bot.domain.models import ImageRequest, Picture
from bot.domain.relay_health import Health
from bot.store.queue.relay_state import Pool
from bot.worker.generation import Relay

log = logging.getLogger(__name__)


class WatchedRelay:
    """Asks ``relay``, and notes in ``pool`` what its answer says of it."""

    def __init__(self, relay: Relay, pool: Pool, clock: Callable[[], float]) -> None:
        self._relay = relay
        self._pool = pool
        self._clock = clock

    async def generate(self, request: ImageRequest, into: Path) -> Picture:
        """Draw one picture; raise ``RelayDown`` for a failure while the relay is down for everybody."""
        began = self._clock()
        try:
            picture = await self._relay.generate(request, into)
        except RelayUnavailable as error:
            health = await self._note(lambda: self._pool.failed(began=began, now=self._clock()))
            if health is not None and health.is_down:
                raise RelayDown(error.detail, until=health.down_until) from error
            raise
        except RelayBusy as error:
            asked = error.retry_after
            await self._note(lambda: self._pool.busy(began=began, now=self._clock(), retry_after=asked))
            raise
        except (Blocked, ReferenceUnusable, SizeRefused):
            await self._note(lambda: self._pool.answered(now=self._clock()))
            raise
        await self._note(lambda: self._pool.answered(now=self._clock()))
        return picture

    async def _note(self, change: Callable[[], Awaitable[Health]]) -> Health | None:
        try:
            return await change()
        except Exception:
            # The picture or the refusal counts, whatever is wrong with the database.
            log.exception("how the relay does could not be noted")
            return None
