"""What starts are foreseen from: how the relay does, what runs, and how long pictures usually take."""

from __future__ import annotations

import statistics
from typing import Any

from sqlalchemy import Select, select, union_all
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from bot.domain.eta import Forecast, Meter, Running
from bot.domain.models import Size
from bot.store.db.tables import jobs, relay_calls
from bot.store.db.transactions import look
from bot.store.queue.fair_queue import state_is
from bot.store.queue.limits import Limits
from bot.store.queue.relay_state import MINUTE, read_health

_RECENT = 30
_REPORTED_SECONDS: dict[Size, float] = {"1K": 12.0, "2K": 20.0, "4K": 35.0}
_RUNNING = select(
    jobs.c.user_id, jobs.c.size, jobs.c.amount.label("pictures"), jobs.c.abreast, jobs.c.started_at
).where(state_is(jobs, "running"))


class Outlook:
    """Foresees for ``capacity`` pictures at once."""

    def __init__(self, engine: AsyncEngine, limits: Limits, *, capacity: int) -> None:
        self._engine = engine
        self._limits = limits
        self._capacity = capacity

    async def forecast(self, *, now: float) -> Forecast:
        """Return what is known now of when a request may start."""

        async def read(connection: AsyncConnection) -> Forecast:
            health = await read_health(connection)
            running = (await connection.execute(_RUNNING)).mappings()
            return Forecast(
                now=now,
                places=health.places(self._capacity, now),
                free_at=health.free_at,
                member_running=self._limits.member_running,
                seconds=await usual_seconds(connection),
                running=[Running(**row) for row in running],
                meter=await self._meter(connection, now),
            )

        return await look(self._engine, read)

    async def _meter(self, connection: AsyncConnection, now: float) -> Meter | None:
        if self._limits.calls_a_minute is None:
            return None
        counted = select(relay_calls.c.at, relay_calls.c.pictures).where(relay_calls.c.at > now - MINUTE)
        rows = await connection.execute(counted.order_by(relay_calls.c.at))
        begun = [(row.at, row.pictures) for row in rows]
        return Meter(most=self._limits.calls_a_minute, window=MINUTE, begun=begun)


async def usual_seconds(connection: AsyncConnection) -> dict[Size, float]:
    """Return the median of the seconds that the last pictures of each size took, or what is reported."""
    taken: dict[Size, list[float]] = {size: [] for size in _REPORTED_SECONDS}
    for row in await connection.execute(_TAKEN):
        # Those that didn't fit in at once were drawn one after the other.
        rounds = -(-row.amount // max(row.abreast, 1))
        taken[row.size].append(row.seconds / rounds)
    return {size: statistics.median(found or [_REPORTED_SECONDS[size]]) for size, found in taken.items()}


def _taken(size: Size) -> Select[Any]:
    seconds = (jobs.c.drawn_at - jobs.c.started_at).label("seconds")
    drawn = select(jobs.c.size, jobs.c.amount, jobs.c.abreast, seconds).where(
        jobs.c.size == size, jobs.c.drawn_at.is_not(None)
    )
    # Within a query of its own: SQLite takes no limit in a part of a union.
    return select(drawn.order_by(jobs.c.id.desc()).limit(_RECENT).subquery())


_TAKEN = union_all(*(_taken(size) for size in _REPORTED_SECONDS))
