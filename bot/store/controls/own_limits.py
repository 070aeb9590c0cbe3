"""Daily limits of single members and servers, which every admission reads."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, Engine, Row, bindparam, delete, exists, insert, or_, select

from bot.domain.controls.acts import Act, Target
from bot.domain.controls.own_limits import OwnLimits
from bot.domain.daily_limits import DailyLimits
from bot.store.controls.acts import record_act
from bot.store.db import postgres
from bot.store.db.tables import own_limits
from bot.store.db.transactions import read, write

_THEIRS = or_(
    (own_limits.c.kind == "member") & (own_limits.c.id == bindparam("member")),
    (own_limits.c.kind == "server") & (own_limits.c.id == bindparam("guild")),
)
HAS_OWN_LIMITS = exists().where(_THEIRS).label("own_limits")
"""Whether ``member`` or the server ``guild`` has limits of its own."""
_FIND = select(own_limits).where(_THEIRS)


class OwnLimitStore:
    """Stores own limits in ``engine``."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    async def set(self, target: Target, limits: OwnLimits, act: Act, *, now: float) -> None:
        """Set a member's or a server's own limits, in place of earlier ones."""
        theirs = (own_limits.c.kind == target.kind) & (own_limits.c.id == target.id)

        def work(connection: Connection) -> None:
            # Admissions hold the same lock, and later ones see the limits.
            postgres.acquire_lock(connection, "accept")
            connection.execute(delete(own_limits).where(theirs))
            if not limits.is_default:
                row = {"kind": target.kind, "id": target.id}
                connection.execute(
                    insert(own_limits), {**row, "pictures": limits.pictures, "cost": limits.cost}
                )
            record_act(connection, act, now=now)

        await write(self._engine, work)

    async def all(self) -> dict[Target, OwnLimits]:
        """Return all own limits."""

        def fetch(connection: Connection) -> dict[Target, OwnLimits]:
            rows = connection.execute(select(own_limits).order_by(own_limits.c.kind, own_limits.c.id))
            return {Target(kind=row.kind, id=row.id): _to_limits(row) for row in rows}

        return await read(self._engine, fetch)

    async def find(self, target: Target) -> OwnLimits:
        """Return a member's or a server's own limits."""
        theirs = select(own_limits).where(own_limits.c.kind == target.kind, own_limits.c.id == target.id)

        def fetch(connection: Connection) -> OwnLimits:
            row = connection.execute(theirs).one_or_none()
            return OwnLimits() if row is None else _to_limits(row)

        return await read(self._engine, fetch)


def with_own_limits(
    connection: Connection, limits: DailyLimits, *, user_id: int, guild_id: int | None
) -> DailyLimits:
    """Return the limits that apply to a member in a server."""
    rows = connection.execute(_FIND, {"member": user_id, "guild": guild_id})
    for row in rows:
        limits = limits.with_own(row.kind, _to_limits(row))
    return limits


def _to_limits(row: Row[Any]) -> OwnLimits:
    return OwnLimits(pictures=row.pictures, cost=row.cost)
