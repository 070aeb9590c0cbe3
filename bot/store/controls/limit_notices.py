"""Of which part of a day's total the operator was told, so that one of all processes tells it once."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import Connection, Engine, insert, select

from bot.domain.daily_limits import utc_day
from bot.domain.models import DailyCount, LimitUnit
from bot.store.db import postgres
from bot.store.db.tables import daily_counters, limit_notices
from bot.store.db.transactions import read, write

Part = tuple[LimitUnit, int]
"""A unit, and a percentage of its limit."""
_TOTAL = select(daily_counters.c.pictures, daily_counters.c.cost).where(daily_counters.c.scope == "total")


class LimitNoticeStore:
    """Stores the notices in ``engine``."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    async def total(self, *, now: float) -> DailyCount:
        """Return what counts today in all."""
        today = _TOTAL.where(daily_counters.c.day == utc_day(now))

        def fetch(connection: Connection) -> DailyCount:
            row = connection.execute(today).one_or_none()
            return DailyCount() if row is None else DailyCount(pictures=row.pictures, cost=row.cost)

        return await read(self._engine, fetch)

    async def claim(self, parts: Collection[Part], *, now: float) -> list[Part]:
        """Return the parts that nobody told the operator of today; from now on the caller has."""
        day = utc_day(now)
        known = select(limit_notices.c.unit, limit_notices.c.percent).where(limit_notices.c.day == day)

        def claim(connection: Connection) -> list[Part]:
            postgres.acquire_lock(connection, "accept")
            told = {(row.unit, row.percent) for row in connection.execute(known)}
            new = [part for part in parts if part not in told]
            for unit, percent in new:
                connection.execute(insert(limit_notices), {"day": day, "unit": unit, "percent": percent})
            return new

        return await write(self._engine, claim)
