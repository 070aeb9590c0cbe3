"""Records how long a delivery takes and by which route it went."""

from __future__ import annotations

import time
from collections.abc import Awaitable

from bot.domain.models import DeliveredMessage, Job
from bot.telemetry.recorder import Recorder


async def measure_delivery(
    recorder: Recorder, job: Job, delivery: Awaitable[DeliveredMessage | None]
) -> DeliveredMessage | None:
    """Return the result of a job's delivery, and record it unless it fails."""
    began = time.monotonic()
    delivered = await delivery
    recorder.delivered(_route(job, delivered), time.monotonic() - began)
    return delivered


def _route(job: Job, delivered: DeliveredMessage | None) -> str:
    if delivered is None:
        return "history"
    if delivered.direct:
        return "direct-message"
    return "card" if delivered.message_id == job.message_id else "channel"
