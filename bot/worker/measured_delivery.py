"""Records how long deliveries take and by which route they went."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable

from bot.domain.models import DeliveredMessage, Job
from bot.domain.ports import Delivery
from bot.telemetry.recorder import Recorder


class MeasuredDelivery:
    """Delivers by ``delivery`` and reports each outcome that was delivered to ``recorder``."""

    def __init__(self, delivery: Delivery, recorder: Recorder) -> None:
        self._delivery = delivery
        self._recorder = recorder
        self.progress = delivery.progress
        self.shows_pictures = delivery.shows_pictures
        self.read_shown = delivery.read_shown
        self.cancel = delivery.cancel

    async def deliver(self, job: Job, extend_lease: Callable[[], Awaitable[None]]) -> DeliveredMessage | None:
        """Deliver the outcome and return where it was posted; None when the requester can't be reached."""
        began = time.monotonic()
        delivered = await self._delivery.deliver(job, extend_lease)
        self._recorder.delivered(_route(job, delivered), time.monotonic() - began)
        return delivered


def _route(job: Job, delivered: DeliveredMessage | None) -> str:
    if delivered is None:
        return "history"
    if delivered.direct:
        return "direct-message"
    return "card" if delivered.message_id == job.message_id else "channel"
