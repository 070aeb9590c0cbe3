"""Records calls of a job's services: towards the limit of calls a minute, and what they cost.

A call's price is added to its job's cost in the moment before it is made, and taken off again if the provider
doesn't charge for it. So a call whose end nobody sees, as its worker dies or the job is cancelled, counts as
paid; its picture is taken from the address that it left, and the call that this replaces is taken off.

What it costs beyond what was counted towards the daily limits when the job was accepted, as after a call that
was charged but brought nothing, is counted in the same moment, if the limits allow it.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection
from typing import Any

from sqlalchemy import ColumnElement, Connection, Engine, case, insert, select, update

from bot.domain.daily_limits import utc_day_end
from bot.domain.errors import BotError, BudgetReached, RuleBroken
from bot.domain.image_models.prices import Price
from bot.domain.models import ImageRequest, Job
from bot.store import daily_usage
from bot.store.db import postgres
from bot.store.db.tables import jobs, relay_calls
from bot.store.db.transactions import write
from bot.store.errors import log_failure
from bot.store.queue.limits import Limits
from bot.store.queue.services.reservations import Reservation

log = logging.getLogger(__name__)


class CallMeter:
    """Records the calls of ``worker`` in ``engine``; where nothing is limited or priced it does nothing."""

    def __init__(self, engine: Engine, limits: Limits, *, worker: str, clock: Callable[[], float]) -> None:
        self._engine = engine
        self._limits = limits
        self._metered = limits.metered
        self._worker = worker
        self._clock = clock

    async def reserve(self, job: Job, calls: int, models: Collection[str] = ()) -> bool:
        """Reduce a job's reservation to ``calls``, a comparison's to some models; False if it isn't ours."""
        if job.slots:
            return await self._reserve_only(job, calls, models)
        return not self._metered or await self._update(job, {"calls_left": calls})

    async def _reserve_only(self, job: Job, calls: int, models: Collection[str]) -> bool:
        def reserve(connection: Connection) -> bool:
            reserved = self._reserved(connection, job, lambda found: found.only(models))
            return self._change(connection, job, {"calls_left": calls, "reserved": reserved}, None)

        return await write(self._engine, reserve)

    async def begin(self, job: Job, request: ImageRequest) -> bool:
        """Record a call of a job, which is to be made now; False if another worker has the job.

        Raises ``BudgetReached`` where it would exceed a daily limit.
        """
        values: dict[str, Any] = {}
        record = request if self._metered else None
        if self._metered:
            values["calls_left"] = case((jobs.c.calls_left > 0, jobs.c.calls_left - 1), else_=0)
        if (price := self._price(request)) is None:
            return not values or await self._update(job, values, record=record)
        cost = price.of(request.size)
        values |= {"cost": jobs.c.cost + cost, "currency": price.currency}
        counted = jobs.c.cost + cost <= jobs.c.counted_cost
        return await self._update(job, values, record=record, where=counted) or await self._begin_uncounted(
            job, values, cost, record
        )

    async def _begin_uncounted(
        self, job: Job, values: dict[str, Any], cost: int, record: ImageRequest | None
    ) -> bool:
        """Record a call that costs more than was counted."""

        def begin(connection: Connection) -> bool:
            postgres.acquire_lock(connection, "accept")
            row = connection.execute(select(jobs).where(self._is_own(job))).one_or_none()
            if row is None:
                return False
            more = row.cost + cost - row.counted_cost
            if more > 0:
                daily_usage.reserve_cost(connection, self._limits.daily, row, more)
            counted = {"counted_cost": jobs.c.counted_cost + max(0, more)}
            return self._change(connection, job, {**values, **counted}, record)

        try:
            return await write(self._engine, begin)
        except RuleBroken as refusal:
            raise BudgetReached(refusal.rule, until=utc_day_end(self._clock())) from refusal

    async def refund(self, job: Job, request: ImageRequest, error: BotError | None) -> None:
        """Take off what a call was to cost if it isn't charged, or wasn't made; never fails."""
        price = self._price(request)
        if price is None or (error is not None and price.is_charged(error)):
            return
        cost = price.of(request.size)

        def refund(connection: Connection) -> None:
            postgres.acquire_lock(connection, "accept")
            # Whether the job still is this worker's or not: the call was.
            paid = update(jobs).where(jobs.c.id == job.id).values(cost=jobs.c.cost - cost)
            row = connection.execute(paid.returning(*jobs.c)).one_or_none()
            if row is not None and row.state in ("done", "cancelled"):
                daily_usage.settle_cost(connection, row)

        try:
            await write(self._engine, refund)
        except Exception as failure:
            log_failure(log, failure, "job %s: a call counts as paid, though it wasn't charged", job.id)

    def _price(self, request: ImageRequest) -> Price | None:
        model = self._limits.models.find(request.model) if self._limits.models else None
        return model.price if model else None

    def _reserved(
        self, connection: Connection, job: Job, step: Callable[[Reservation], Reservation]
    ) -> dict[str, Any] | None:
        """Return what a comparison has reserved after ``step``, locked: several of its calls can begin."""
        found = connection.scalar(select(jobs.c.reserved).where(self._is_own(job)).with_for_update())
        return step(Reservation.from_json(found)).to_json() if found else None

    def _is_own(self, job: Job) -> ColumnElement[bool]:
        return (jobs.c.id == job.id) & (jobs.c.worker == self._worker) & (jobs.c.state == "running")

    async def _update(
        self,
        job: Job,
        values: dict[str, Any],
        *,
        record: ImageRequest | None = None,
        where: ColumnElement[bool] | None = None,
    ) -> bool:
        return await write(
            self._engine, lambda connection: self._change(connection, job, values, record, where)
        )

    def _change(
        self,
        connection: Connection,
        job: Job,
        values: dict[str, Any],
        record: ImageRequest | None,
        where: ColumnElement[bool] | None = None,
    ) -> bool:
        own = self._is_own(job) if where is None else self._is_own(job) & where
        if job.slots and record is not None:
            reserved = self._reserved(connection, job, lambda found: found.without_call(record.model))
            values = {**values, "reserved": reserved}
        changed = connection.execute(update(jobs).where(own).values(**values))
        if changed.rowcount and record is not None:
            call = {"at": self._clock(), "pictures": 1, "model": record.model}
            connection.execute(insert(relay_calls), call)
        return bool(changed.rowcount)
