"""Counts the open jobs, at a cost that doesn't grow with how many wait or are done."""

from __future__ import annotations

from sqlalchemy import ColumnElement, Connection, Engine, bindparam, func, literal, select

from bot.domain.daily_limits import utc_day
from bot.domain.models import QueueCounts
from bot.store.db.tables import ID_RANGE, daily_counters, jobs, waiting_counts
from bot.store.db.transactions import read_once
from bot.store.queue.leases.lease_recovery import IN_PROGRESS

_WAITING = select(
    func.coalesce(func.sum(waiting_counts.c.jobs), 0).label("jobs"),
    func.coalesce(func.sum(waiting_counts.c.pictures), 0).label("pictures"),
    func.min(waiting_counts.c.first_id).label("first_id"),
    *(
        select(func.coalesce(func.sum(daily_counters.c[unit]), 0))
        .where(daily_counters.c.scope == "total", daily_counters.c.day == bindparam("day"))
        .scalar_subquery()
        .label(f"counted_{unit}")
        for unit in ("pictures", "cost")
    ),
)
_HELD = select(jobs.c.state, func.count().label("jobs")).where(IN_PROGRESS).group_by(jobs.c.state)


def _is_waiting() -> ColumnElement[bool]:
    # An expression, so that no index of all waiting jobs is taken instead of the ids' own.
    return jobs.c.state.concat(literal("", literal_execute=True)) == "waiting"


_OLDEST = (
    select(jobs.c.created_at)
    .where(jobs.c.id.between(bindparam("first"), bindparam("last")), _is_waiting())
    .order_by(jobs.c.id)
    .limit(1)
)


def read_queue_counts(connection: Connection, *, now: float) -> QueueCounts:
    """Count the open jobs."""
    waiting = connection.execute(_WAITING, {"day": utc_day(now)}).one()
    held = {row.state: row.jobs for row in connection.execute(_HELD)}
    return QueueCounts(
        waiting=waiting.jobs,
        waiting_pictures=waiting.pictures,
        oldest_waiting_at=_read_oldest(connection, waiting.first_id),
        running=held.get("running", 0),
        undelivered=held.get("drawn", 0) + held.get("failed", 0),
        counted_pictures=waiting.counted_pictures,
        counted_cost=int(waiting.counted_cost),
    )


def _read_oldest(connection: Connection, first_id: int | None) -> float | None:
    if first_id is None:
        return None
    return connection.scalar(_OLDEST, {"first": first_id, "last": first_id + ID_RANGE - 1})


class QueueCountStore:
    """Counts the open jobs in ``engine``."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    async def read(self, *, now: float) -> QueueCounts:
        """Count the open jobs, without retries."""
        return await read_once(self._engine, lambda connection: read_queue_counts(connection, now=now))
