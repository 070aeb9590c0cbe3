"""The health of the services, as shared by all processes; the relay is the first of them."""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection, Mapping
from typing import Any

from sqlalchemy import (
    Connection,
    Engine,
    Row,
    bindparam,
    exists,
    func,
    insert,
    literal_column,
    select,
    update,
)

from bot.domain.image_models.services import RELAY
from bot.domain.relay_health import RelayHealth
from bot.store.db import postgres
from bot.store.db.notifications import notify
from bot.store.db.tables import global_pause, pool
from bot.store.db.transactions import read, write

log = logging.getLogger(__name__)

Healths = Mapping[str, RelayHealth]
"""The health of each service that is known; others are healthy."""
HEALTH = tuple(column for column in pool.c if column.name not in ("id", "service"))
"""The columns of a service's health."""
_READ = select(pool.c.service, *HEALTH)
_READ_ONE = _READ.where(pool.c.service == bindparam("named"))
_READ_ONE_FOR_UPDATE = _READ_ONE.with_for_update()
# In one order, as two claims that lock several rows could block each other.
_READ_FOR_CLAIM = _READ.order_by(pool.c.id).with_for_update().add_columns(postgres.ASYNC_COMMIT)
_LOCK = select(pool.c.id).where(pool.c.service == bindparam("named")).with_for_update()
_IS_PAUSED = select(exists().where(global_pause.c.id == literal_column("1")))
_SET = (
    update(pool)
    .where(pool.c.service == bindparam("named"))
    .values({column.name: bindparam(f"new_{column.name}", type_=column.type) for column in HEALTH})
)


class RelayState:
    """Stores the services' health in ``engine``, each for ``capacity`` pictures at once."""

    def __init__(self, engine: Engine, *, capacity: int) -> None:
        self._engine = engine
        self._capacity = capacity

    async def register(self, services: Collection[str]) -> None:
        """Begin to store the health of services that aren't known yet, all paused or none."""

        def is_registered(connection: Connection) -> bool:
            found, paused = read_healths(connection), connection.scalar(_IS_PAUSED)
            return set(services) <= set(found) and all(each.paused == paused for each in found.values())

        if await read(self._engine, is_registered):
            return

        def register(connection: Connection) -> None:
            lock_claims(connection)
            known = set(connection.scalars(select(pool.c.service)))
            for service in sorted(set(services) - known):
                number = (connection.scalar(select(func.max(pool.c.id))) or 0) + 1
                healthy = {column.name: getattr(RelayHealth(), column.name) for column in HEALTH}
                connection.execute(insert(pool).values(id=number, service=service, **healthy))
            connection.execute(update(pool).values(paused=connection.scalar(_IS_PAUSED)))

        await write(self._engine, register)

    async def health(self, service: str = RELAY) -> RelayHealth:
        """Return the health of a service."""
        return await read(self._engine, lambda connection: read_health(connection, service))

    async def healths(self) -> Healths:
        """Return the health of all services by name."""
        return await read(self._engine, read_healths)

    async def record_success(self, service: str = RELAY, *, now: float) -> RelayHealth:
        """Record that a service answered a call, with a picture or with a refusal of the request."""
        health = await self.health(service)
        if health.answered(now=now, capacity=self._capacity) == health:
            # Mostly there is nothing to write, and reads don't block.
            return health
        return await self._change(
            service, lambda found: found.answered(now=now, capacity=self._capacity), now
        )

    async def record_busy(
        self, service: str = RELAY, *, began: float, now: float, retry_after: float | None
    ) -> RelayHealth:
        """Record that a call, begun at ``began``, was answered with busy."""
        return await self._change(
            service,
            lambda health: health.busy(
                began=began, now=now, capacity=self._capacity, retry_after=retry_after
            ),
            now,
        )

    async def record_failure(self, service: str = RELAY, *, began: float, now: float) -> RelayHealth:
        """Record that a call, begun at ``began``, got no answer or a server error."""
        return await self._change(service, lambda health: health.failed(began=began, now=now), now)

    async def _change(
        self, service: str, step: Callable[[RelayHealth], RelayHealth], now: float
    ) -> RelayHealth:
        def change(connection: Connection) -> tuple[RelayHealth, RelayHealth]:
            before = read_health(connection, service, for_update=True)
            after = step(before)
            if after != before:
                values = {f"new_{column.name}": getattr(after, column.name) for column in HEALTH}
                connection.execute(_SET, {"named": service, **values})
            if before.is_down and not after.is_down:
                notify(connection)
            return before, after

        before, after = await write(self._engine, change)
        self._log_change(service, before, after, now)
        return after

    def _log_change(self, service: str, before: RelayHealth, after: RelayHealth, now: float) -> None:
        name = "the relay" if service == RELAY else service
        if after.is_down and not before.is_down:
            log.warning("%s is down: %d calls failed in a row; jobs wait", name, after.failures)
        elif before.down_since is not None and not after.is_down:
            log.info("%s is back after %.0f s", name, now - before.down_since)
        if after.slowed_at > before.slowed_at:
            slots, pause = after.slots(self._capacity, now), after.slow_until - now
            log.info("%s is busy: no calls for %.0f s, then %d at once", name, pause, slots)


def read_health(connection: Connection, service: str, *, for_update: bool = False) -> RelayHealth:
    """Read a service's health; ``for_update`` locks it until the transaction ends."""
    statement = _READ_ONE_FOR_UPDATE if for_update else _READ_ONE
    row = connection.execute(statement, {"named": service}).one_or_none()
    return RelayHealth() if row is None else to_health(row)


def read_healths(connection: Connection) -> Healths:
    """Read the health of all services."""
    return {row.service: to_health(row) for row in connection.execute(_READ)}


def lock_for_claim(connection: Connection, healths: Healths | None = None) -> Healths:
    """Serialize claims over all processes until the transaction ends, and return the services' health.

    ``healths`` were read before in the same transaction; without other processes they still hold.
    """
    if connection.dialect.name == "postgresql":
        # The locks of the rows suffice, and save a round trip for a lock of its own.
        return {row.service: to_health(row) for row in connection.execute(_READ_FOR_CLAIM)}
    return healths or read_healths(connection)


def lock_claims(connection: Connection) -> None:
    """Let no process claim until the transaction ends.

    For what makes several jobs wait or stop waiting: like a claim, it lets triggers update the counts of
    waiting jobs, and in a different order the two could block each other.
    """
    if connection.dialect.name == "postgresql":
        connection.execute(_LOCK, {"named": RELAY})


def is_paused(healths: Healths) -> bool:
    """Return whether the operator lets nothing be drawn."""
    return any(health.paused for health in healths.values())


def to_health(row: Row[Any]) -> RelayHealth:
    """Return the health in a row that has the columns ``HEALTH``; the usual one where they are null."""
    if row.share is None:
        return RelayHealth()
    return RelayHealth(**{column.name: getattr(row, column.name) for column in HEALTH})
