"""Shows the first position of requests that were just stored."""

from __future__ import annotations

import asyncio

from bot.domain.models import Job
from bot.services.queue import QueueService
from bot.ui.delivery.discord_delivery import DiscordDelivery
from bot.ui.intake.interactions.deferrals import Deferrals

_AT_ONCE = 16
"""Cards that are shown at the same time: in a burst, more would delay the acknowledgements."""


class QueuedCards:
    """Makes the deferred answer to an interaction the card of a job that waits."""

    def __init__(self, queue: QueueService, delivery: DiscordDelivery, deferrals: Deferrals) -> None:
        self._queue = queue
        self._delivery = delivery
        self._deferrals = deferrals
        self._turns = asyncio.Semaphore(_AT_ONCE)

    async def show(self, job: Job, *, after_notice: bool) -> None:
        """Show a job's position; ``after_notice`` of an outage, which may still cover its answer."""
        self._delivery.expect(job)
        if after_notice:
            # Stored while the notice was sent, it may have been answered before the notice arrived.
            self._delivery.check_soon(job)
        # Let the runner go first: a job that can start needn't wait for the lookup of its position.
        await asyncio.sleep(0)
        async with self._deferrals.turn(self._turns):
            await self._delivery.show_position(*await self._queue.initial_position(job))
