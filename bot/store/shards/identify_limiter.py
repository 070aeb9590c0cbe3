"""Rate limits on identifying at Discord's gateway, which takes one shard of each bucket in five seconds."""

from __future__ import annotations

import time
from collections.abc import Callable

from sqlalchemy import Connection, Engine, bindparam, extract, func, select, text

from bot.domain.ports import IdentifyLimiter
from bot.store.db.postgres import is_shared
from bot.store.db.tables import identifies
from bot.store.db.transactions import write

_MAX_WAIT = 60.0
"""Seconds; a longer wait was stored before the clock was set back, and is ignored."""


def open_identify_limiter(engine: Engine) -> IdentifyLimiter:
    """Return the limiter that all processes on a database share."""
    return SharedIdentifyLimiter(engine) if is_shared(engine) else LocalIdentifyLimiter()


class LocalIdentifyLimiter:
    """The limit within a single process."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._free_at: dict[int, float] = {}

    async def acquire(self, bucket: int, seconds: float, *, again: bool = False) -> float:
        """Reserve a bucket, as in ``IdentifyLimiter``."""
        now = self._clock()
        wait = self._free_at.get(bucket, now) - now
        if wait > 0 and not again:
            return wait
        self._free_at[bucket] = now + seconds
        return 0.0


class SharedIdentifyLimiter:
    """The limit over all processes on a PostgreSQL database, by the server's clock."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    async def acquire(self, bucket: int, seconds: float, *, again: bool = False) -> float:
        """Reserve a bucket, as in ``IdentifyLimiter``."""
        parameters = {"bucket": bucket, "seconds": seconds, "again": again}

        def reserve(connection: Connection) -> float:
            if connection.scalar(_RESERVE, parameters) is not None:
                return 0.0
            # The row may have been freed since the attempt.
            return max(0.01, connection.scalar(_WAIT, parameters) or 0.0)

        return await write(self._engine, reserve)


_NOW = extract("epoch", func.clock_timestamp())
_LEFT = identifies.c.free_at - _NOW
_WAIT = select(_LEFT).where(identifies.c.bucket == bindparam("bucket"))
# As text: the dialect with this statement would be imported on SQLite, too.
_RESERVE = text(
    f"""
    INSERT INTO identifies (bucket, free_at)
    VALUES (:bucket, extract(epoch FROM clock_timestamp()) + :seconds)
    ON CONFLICT (bucket) DO UPDATE SET free_at = excluded.free_at
    WHERE identifies.free_at - extract(epoch FROM clock_timestamp()) <= 0
        OR identifies.free_at - extract(epoch FROM clock_timestamp()) > {_MAX_WAIT}
        OR :again
    RETURNING bucket
    """  # noqa: S608  # a number
)
