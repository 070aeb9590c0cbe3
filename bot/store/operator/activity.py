"""Reads what was done lately, from indexes that have the newest jobs at their end."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import Connection, Engine, Row, Select, bindparam, func, select, union_all

from bot.domain.models import Activity, Percentiles, WorkerLoad
from bot.store.db.tables import jobs
from bot.store.db.transactions import read_once
from bot.store.queue.leases.lease_recovery import IN_PROGRESS

_RATE_WINDOW = 600.0
_LONGEST_ACCEPTANCE = 3600.0
"""Seconds after which the time of an interaction isn't that of the click."""
_DISCORD_EPOCH = 1_420_070_400.0
_RECENT = 3600.0
"""Seconds of requests that are counted."""
_NEWEST = 100
"""Jobs of each size whose steps are timed."""
_WORKERS = (
    select(jobs.c.worker, func.count().label("jobs"), func.min(jobs.c.lease).label("lease"))
    .where(IN_PROGRESS, jobs.c.worker.is_not(None))
    .group_by(jobs.c.worker)
    .order_by(jobs.c.worker)
)
_OUTCOMES = (
    select(
        jobs.c.state,
        jobs.c.problem,
        func.count().label("jobs"),
        func.coalesce(func.sum(func.json_array_length(jobs.c.pictures)), 0).label("pictures"),
    )
    .where(jobs.c.created_at >= bindparam("since"))
    .group_by(jobs.c.state, jobs.c.problem)
)


def _newest_drawn(size: str) -> Select[Any]:
    times = select(
        jobs.c.interaction_id,
        jobs.c.created_at,
        jobs.c.started_at,
        jobs.c.drawn_at,
        jobs.c.finished_at,
        func.json_array_length(jobs.c.pictures).label("pictures"),
    )
    newest = times.where(jobs.c.size == size, jobs.c.drawn_at.is_not(None)).order_by(jobs.c.id.desc())
    # A subquery, as SQLite allows no limit in a part of a union.
    return select(newest.limit(_NEWEST).subquery())


_DRAWN = union_all(*(_newest_drawn(size) for size in ("1K", "2K", "4K")))


class ActivityStore:
    """Reads the activity of all processes on ``engine``."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    async def read(self, *, now: float) -> Activity:
        """Return what was done lately, without retries."""
        return await read_once(self._engine, lambda connection: read_activity(connection, now=now))


def read_activity(connection: Connection, *, now: float) -> Activity:
    """Return what was done lately."""
    outcomes = connection.execute(_OUTCOMES, {"since": now - _RECENT}).all()
    counts: dict[str, int] = {}
    for row in outcomes:
        name = row.problem if row.state == "done" and row.problem and not row.pictures else row.state
        counts[name] = counts.get(name, 0) + row.jobs
    drawn = connection.execute(_DRAWN).all()
    return Activity(
        workers=tuple(
            WorkerLoad(name=row.worker, jobs=row.jobs, lease_until=row.lease)
            for row in connection.execute(_WORKERS)
        ),
        outcomes=counts,
        pictures=sum(row.pictures for row in outcomes),
        pictures_a_minute=_rate(drawn, now),
        steps=_steps(drawn),
    )


def _rate(rows: Sequence[Row[Any]], now: float) -> float:
    """Return the pictures a minute among the newest jobs, over the time that these surely cover."""
    ends = sorted((row.finished_at, row.pictures) for row in rows if row.finished_at is not None)
    began = now - _RATE_WINDOW
    if len(rows) >= _NEWEST and ends:
        # There may be others before the first of these.
        began = max(began, ends[0][0])
    pictures = sum(count for at, count in ends if at > began)
    return pictures * 60 / max(1.0, now - began)


def _steps(rows: Sequence[Row[Any]]) -> dict[str, Percentiles]:
    accepted = [row.created_at - _clicked_at(row.interaction_id) for row in rows]
    between = {
        "wait": ("created_at", "started_at"),
        "draw": ("started_at", "drawn_at"),
        "deliver": ("drawn_at", "finished_at"),
    }
    timed = {
        "accept": Percentiles.of([max(0.0, each) for each in accepted if each < _LONGEST_ACCEPTANCE]),
        **{step: Percentiles.of(_durations(rows, *ends)) for step, ends in between.items()},
    }
    return {step: found for step, found in timed.items() if found is not None}


def _clicked_at(interaction_id: int) -> float:
    """Return when an interaction or message came to be, which is in its id."""
    return (interaction_id >> 22) / 1000 + _DISCORD_EPOCH


def _durations(rows: Sequence[Row[Any]], begin: str, end: str) -> list[float]:
    ends: Iterable[tuple[float | None, float | None]] = (
        (getattr(row, begin), getattr(row, end)) for row in rows
    )
    return [max(0.0, last - first) for first, last in ends if first is not None and last is not None]
