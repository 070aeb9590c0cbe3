"""The relay's health, as shared by all processes."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any

from sqlalchemy import Connection, Engine, Row, select, update

from bot.domain.relay_health import RelayHealth
from bot.store.db import postgres
from bot.store.db.notifications import notify
from bot.store.db.tables import pool
from bot.store.db.transactions import read, write

log = logging.getLogger(__name__)

HEALTH = tuple(column for column in pool.c if column.name != "id")
"""The columns of the relay's health."""
_READ = select(*HEALTH)
_READ_FOR_UPDATE = _READ.with_for_update()
_READ_FOR_CLAIM = _READ_FOR_UPDATE.add_columns(postgres.ASYNC_COMMIT)


class RelayState:
    """Stores the relay's health in ``engine``, for ``capacity`` pictures at once."""

    def __init__(self, engine: Engine, *, capacity: int) -> None:
        self._engine = engine
        self._capacity = capacity

    async def health(self) -> RelayHealth:
        """Return the relay's health."""
        return await read(self._engine, read_health)

    async def record_success(self, *, now: float) -> RelayHealth:
        """Record that the relay answered a call, with a picture or with a refusal of the request."""
        health = await self.health()
        if health.answered(now=now, capacity=self._capacity) == health:
            # Mostly there is nothing to write, and reads don't block.
            return health
        return await self._change(lambda found: found.answered(now=now, capacity=self._capacity), now)

    async def record_busy(self, *, began: float, now: float, retry_after: float | None) -> RelayHealth:
        """Record that a call, begun at ``began``, was answered with busy."""
        return await self._change(
            lambda health: health.busy(
                began=began, now=now, capacity=self._capacity, retry_after=retry_after
            ),
            now,
        )

    async def record_failure(self, *, began: float, now: float) -> RelayHealth:
        """Record that a call, begun at ``began``, got no answer or a server error."""
        return await self._change(lambda health: health.failed(began=began, now=now), now)

    async def _change(self, step: Callable[[RelayHealth], RelayHealth], now: float) -> RelayHealth:
        def change(connection: Connection) -> tuple[RelayHealth, RelayHealth]:
            before = read_health(connection, for_update=True)
            after = step(before)
            if after != before:
                values = {column.name: getattr(after, column.name) for column in HEALTH}
                connection.execute(update(pool).values(values))
            if before.is_down and not after.is_down:
                notify(connection)
            return before, after

        before, after = await write(self._engine, change)
        self._log_change(before, after, now)
        return after

    def _log_change(self, before: RelayHealth, after: RelayHealth, now: float) -> None:
        if after.is_down and not before.is_down:
            log.warning("the relay is down: %d calls failed in a row; jobs wait", after.failures)
        elif before.down_since is not None and not after.is_down:
            log.info("the relay is back after %.0f s", now - before.down_since)
        if after.slowed_at > before.slowed_at:
            slots = after.slots(self._capacity, now)
            log.info("the relay is busy: no calls for %.0f s, then %d at once", after.slow_until - now, slots)


def read_health(connection: Connection, *, for_update: bool = False) -> RelayHealth:
    """Read the relay's health; ``for_update`` locks it until the transaction ends."""
    return to_health(connection.execute(_READ_FOR_UPDATE if for_update else _READ).one())


def lock_for_claim(connection: Connection, health: RelayHealth | None = None) -> RelayHealth:
    """Serialize claims over all processes until the transaction ends, and return the relay's health.

    ``health`` was read before in the same transaction; without other processes it still holds.
    """
    if connection.dialect.name == "postgresql":
        # The lock of the row suffices, and saves a round trip for a lock of its own.
        return to_health(connection.execute(_READ_FOR_CLAIM).one())
    return health or read_health(connection)


def lock_claims(connection: Connection) -> None:
    """Let no process claim until the transaction ends.

    For what makes several jobs wait or stop waiting: like a claim, it lets triggers update the counts of
    waiting jobs, and in a different order the two could block each other.
    """
    if connection.dialect.name == "postgresql":
        read_health(connection, for_update=True)


def to_health(row: Row[Any]) -> RelayHealth:
    """Return the health in a row that has the columns ``HEALTH``."""
    return RelayHealth(**{column.name: getattr(row, column.name) for column in HEALTH})
