"""Records calls of a job's services: towards the limit of calls a minute, and what they cost.

A call's price is added to its job's cost in the moment before it is made, and taken off again if the provider
doesn't charge for it. So a call whose end nobody sees, as its worker dies or the job is cancelled, counts as
paid.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any

from sqlalchemy import Connection, Engine, case, insert, update

from bot.domain.errors import BotError
from bot.domain.image_models.prices import Price
from bot.domain.models import ImageRequest, Job
from bot.store.db.tables import jobs, relay_calls
from bot.store.db.transactions import write
from bot.store.errors import log_failure
from bot.store.queue.limits import Limits

log = logging.getLogger(__name__)


class CallMeter:
    """Records the calls of ``worker`` in ``engine``; where nothing is limited or priced it does nothing."""

    def __init__(self, engine: Engine, limits: Limits, *, worker: str, clock: Callable[[], float]) -> None:
        self._engine = engine
        self._limits = limits
        self._metered = limits.metered
        self._worker = worker
        self._clock = clock

    async def reserve(self, job: Job, calls: int) -> bool:
        """Reduce a job's reservation to ``calls``; False if another worker has the job."""
        return not self._metered or await self._update(job, {"calls_left": calls})

    async def begin(self, job: Job, request: ImageRequest) -> bool:
        """Record a call of a job, which is to be made now; False if another worker has the job."""
        values: dict[str, Any] = {}
        if self._metered:
            values["calls_left"] = case((jobs.c.calls_left > 0, jobs.c.calls_left - 1), else_=0)
        if (price := self._price(request)) is not None:
            values |= {"cost": jobs.c.cost + price.of(request.size), "currency": price.currency}
        return not values or await self._update(job, values, record=request if self._metered else None)

    async def refund(self, job: Job, request: ImageRequest, error: BotError) -> None:
        """Take off what a call was to cost if it isn't charged, having ended with an error; never fails."""
        price = self._price(request)
        if price is None or price.is_charged(error):
            return
        # Whether the job still is this worker's or not: the call was.
        refund = update(jobs).where(jobs.c.id == job.id).values(cost=jobs.c.cost - price.of(request.size))
        try:
            await write(self._engine, lambda connection: connection.execute(refund))
        except Exception as failure:
            log_failure(log, failure, "job %s: a call counts as paid, though it wasn't charged", job.id)

    def _price(self, request: ImageRequest) -> Price | None:
        model = self._limits.models.find(request.model) if self._limits.models else None
        return model.price if model else None

    async def _update(self, job: Job, values: dict[str, Any], *, record: ImageRequest | None = None) -> bool:
        own = (jobs.c.id == job.id) & (jobs.c.worker == self._worker) & (jobs.c.state == "running")

        def change(connection: Connection) -> bool:
            changed = connection.execute(update(jobs).where(own).values(**values))
            if changed.rowcount and record is not None:
                call = {"at": self._clock(), "pictures": 1, "model": record.model}
                connection.execute(insert(relay_calls), call)
            return bool(changed.rowcount)

        return await write(self._engine, change)
