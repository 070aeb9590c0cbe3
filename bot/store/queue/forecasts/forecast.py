"""Reads what start times are estimated from: a service's health, running jobs and typical durations."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, Engine, Row, select

from bot.domain.eta import QueueSnapshot, RunningJob
from bot.domain.image_models.services import RELAY
from bot.store.db.tables import jobs
from bot.store.db.transactions import read
from bot.store.queue.fair_queue import state_is
from bot.store.queue.forecasts.durations import typical_durations
from bot.store.queue.limits import Limits
from bot.store.queue.services.call_rate import rate_window
from bot.store.queue.services.relay_state import read_health

_RUNNING = select(
    jobs.c.user_id, jobs.c.size, jobs.c.amount, jobs.c.abreast, jobs.c.started_at, jobs.c.model
).where(state_is(jobs, "running"))


class QueueForecast:
    """Takes snapshots of the queue, for services that each generate ``capacity`` pictures at once."""

    def __init__(self, engine: Engine, limits: Limits, *, capacity: int) -> None:
        self._engine = engine
        self._limits = limits
        self._capacity = capacity

    def service_of(self, model: str | None) -> str:
        """Return the service that draws a model; the usual one for None."""
        return self._limits.services.of(model)

    async def snapshot(self, service: str = RELAY, *, now: float) -> QueueSnapshot:
        """Return what start times of a service's jobs can be estimated from now."""
        limit = self._limits.calls_a_minute

        def draws(model: str | None) -> bool:
            return self.service_of(model) == service

        def fetch(connection: Connection) -> QueueSnapshot:
            health = read_health(connection, service)
            running = connection.execute(_RUNNING).all()
            return QueueSnapshot(
                now=now,
                slots=health.slots(self._capacity, now),
                free_at=health.free_at,
                member_running=self._limits.member_running,
                seconds=typical_durations(connection),
                running=[_running(row) for row in running if draws(row.model)],
                elsewhere=[_running(row) for row in running if not draws(row.model)],
                rate_window=None if limit is None else rate_window(connection, limit, draws, now=now),
            )

        return await read(self._engine, fetch)


def _running(row: Row[*tuple[Any, ...]]) -> RunningJob:
    return RunningJob(
        user_id=row.user_id,
        size=row.size,
        pictures=row.amount,
        abreast=row.abreast,
        started_at=row.started_at,
    )
