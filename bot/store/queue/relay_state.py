"""What all processes know of the relay together: how it does, and what was begun in the last minute."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any

from sqlalchemy import CursorResult, bindparam, case, delete, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from bot.domain.relay_health import Health
from bot.store.db import postgres
from bot.store.db.tables import jobs, pool, relay_calls
from bot.store.db.transactions import look, transact
from bot.store.queue.fair_queue import state_is

log = logging.getLogger(__name__)

MINUTE = 61.0
"""Seconds for which a picture counts: a second more, as claims and their calls lie moments apart."""
_HEALTH = tuple(column for column in pool.c if column.name != "id")
_READ = select(*_HEALTH)
_READ_TO_CHANGE = _READ.with_for_update()
_READ_TO_CLAIM = _READ_TO_CHANGE.add_columns(postgres.NO_WAIT_FOR_DISK)
_BEGUN = select(
    func.coalesce(func.sum(case((relay_calls.c.at > bindparam("since"), relay_calls.c.pictures))), 0),
    func.min(relay_calls.c.at),
    # Jobs with more pictures than fit at once begin the rest while they run, without another claim.
    select(func.coalesce(func.sum(jobs.c.amount), 0))
    .where(state_is(jobs, "running"), jobs.c.abreast < jobs.c.amount)
    .scalar_subquery(),
)


class Pool:
    """Keeps the relay's health in ``engine``, for ``capacity`` pictures at once."""

    def __init__(self, engine: AsyncEngine, *, capacity: int) -> None:
        self._engine = engine
        self._capacity = capacity

    async def health(self) -> Health:
        """Return how the relay does."""
        return await look(self._engine, read_health)

    async def answered(self, *, now: float) -> Health:
        """Note that the relay did what was asked, or refused it for a reason of its own."""
        health = await self.health()
        if health.answered(now=now, capacity=self._capacity) == health:
            # Mostly there is nothing to note, and reading holds nobody up.
            return health
        return await self._change(lambda found: found.answered(now=now, capacity=self._capacity), now)

    async def busy(self, *, began: float, now: float, retry_after: float | None) -> Health:
        """Note that a call, begun at ``began``, was told that the relay is busy."""
        return await self._change(
            lambda health: health.busy(
                began=began, now=now, capacity=self._capacity, retry_after=retry_after
            ),
            now,
        )

    async def failed(self, *, began: float, now: float) -> Health:
        """Note that a call, begun at ``began``, found nobody or a failure."""
        return await self._change(lambda health: health.failed(began=began, now=now), now)

    async def _change(self, step: Callable[[Health], Health], now: float) -> Health:
        async def change(connection: AsyncConnection) -> tuple[Health, Health]:
            before = await read_health(connection, to_change=True)
            after = step(before)
            if after != before:
                values = {column.name: getattr(after, column.name) for column in _HEALTH}
                await connection.execute(update(pool).values(values))
            if before.is_down and not after.is_down:
                await postgres.announce(connection)
            return before, after

        before, after = await transact(self._engine, change)
        self._say(before, after, now)
        return after

    def _say(self, before: Health, after: Health, now: float) -> None:
        if after.is_down and not before.is_down:
            log.warning("the relay is down: %d calls failed in a row; requests wait", after.failures)
        elif before.down_since is not None and not after.is_down:
            log.info("the relay is back after %.0f s", now - before.down_since)
        if after.slowed_at > before.slowed_at:
            places = after.places(self._capacity, now)
            log.info("the relay is busy: none for %.0f s, then %d at once", after.slow_until - now, places)


async def read_health(connection: AsyncConnection, *, to_change: bool = False) -> Health:
    """Read how the relay does; ``to_change`` keeps others from changing it until the transaction ends."""
    return _to_health(await connection.execute(_READ_TO_CHANGE if to_change else _READ))


async def take_turn_to_claim(connection: AsyncConnection) -> Health:
    """Let one transaction at a time claim, over all processes, and read how the relay does."""
    # The row's lock does for this, and saves a way to the database and back for a lock of its own.
    shared = connection.dialect.name == "postgresql"
    return _to_health(await connection.execute(_READ_TO_CLAIM if shared else _READ))


async def calls_begun(connection: AsyncConnection, *, now: float) -> tuple[int, float]:
    """Return how many pictures count towards the minute's limit, and when the first of them was begun."""
    counted, first, to_begin = (await connection.execute(_BEGUN, {"since": now - MINUTE})).one()
    return counted + to_begin, now if first is None else first


async def note_calls(connection: AsyncConnection, pictures: int, *, now: float) -> None:
    """Note that pictures are begun now."""
    await connection.execute(insert(relay_calls).values(at=now, pictures=pictures))


async def forget_calls(connection: AsyncConnection, *, now: float) -> None:
    """Forget what was begun more than a minute ago."""
    await connection.execute(delete(relay_calls).where(relay_calls.c.at <= now - MINUTE))


def _to_health(found: CursorResult[Any]) -> Health:
    row = found.mappings().one()
    return Health(**{column.name: row[column.name] for column in _HEALTH})
