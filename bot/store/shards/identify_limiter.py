"""Whose turn it is to identify at Discord's gateway, which takes one shard of each bucket in five seconds."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Protocol

from sqlalchemy import bindparam, extract, func, or_, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from bot.store.db.postgres import is_shared
from bot.store.db.tables import identifies
from bot.store.db.transactions import transact

_LONGEST = 60.0
"""Seconds; a turn that is further away was taken before the clock was set back."""


class Turns(Protocol):
    """Whatever knows when each bucket is free."""

    async def take(self, bucket: int, seconds: float, *, again: bool = False) -> float:
        """Take a bucket for ``seconds`` and return 0, or return how long it isn't free.

        ``again`` is for who holds it already.
        """
        ...


def turns(engine: AsyncEngine) -> Turns:
    """Return the turns of all processes on a database."""
    return SharedTurns(engine) if is_shared(engine) else OwnTurns()


class OwnTurns:
    """The turns of a process that is alone."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._free_at: dict[int, float] = {}

    async def take(self, bucket: int, seconds: float, *, again: bool = False) -> float:
        """Take a bucket, as ``Turns`` says."""
        now = self._clock()
        wait = self._free_at.get(bucket, now) - now
        if wait > 0 and not again:
            return wait
        self._free_at[bucket] = now + seconds
        return 0.0


class SharedTurns:
    """The turns of all processes on a PostgreSQL, by the server's own clock."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def take(self, bucket: int, seconds: float, *, again: bool = False) -> float:
        """Take a bucket, as ``Turns`` says."""
        asked = {"bucket": bucket, "seconds": seconds, "again": again}

        async def take(connection: AsyncConnection) -> float:
            if await connection.scalar(_TAKE, asked) is not None:
                return 0.0
            # Gone in the meantime, it is free.
            return max(0.01, await connection.scalar(_WAIT, asked) or 0.0)

        return await transact(self._engine, take)


_NOW = extract("epoch", func.clock_timestamp())
_LEFT = identifies.c.free_at - _NOW
_WAIT = select(_LEFT).where(identifies.c.bucket == bindparam("bucket"))
_NEW = insert(identifies).values(bucket=bindparam("bucket"), free_at=_NOW + bindparam("seconds"))
_TAKE = _NEW.on_conflict_do_update(
    index_elements=[identifies.c.bucket],
    set_={"free_at": _NEW.excluded.free_at},
    where=or_(_LEFT <= 0, _LEFT > _LONGEST, bindparam("again")),
).returning(identifies.c.bucket)
