"""Keeps each shard to one process, by locks that PostgreSQL forgets with the connection that took them."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy.ext.asyncio import AsyncEngine

from bot.config.setting_values import write_shards
from bot.domain.errors import OperatorError
from bot.store.db.postgres import is_shared

if TYPE_CHECKING:
    from psycopg import AsyncConnection

log = logging.getLogger(__name__)

# The first of two numbers; locks of two never meet those of one.
_SHARD, _COUNT = 7_305_001, 7_305_002
_TAKE = b"SELECT id FROM unnest(%s::int[]) AS id WHERE NOT pg_try_advisory_lock(%s, id) ORDER BY id"
_SHOW_COUNT = b"SELECT pg_advisory_lock_shared(%s, %s)"
_OTHER_COUNT = b"""
    SELECT objid::bigint FROM pg_locks JOIN pg_database ON pg_database.oid = pg_locks.database
    WHERE locktype = 'advisory' AND datname = current_database()
        AND classid::bigint = %s AND objid::bigint <> %s
"""
# The server too finds out within half a minute that we are gone without a word, and our locks with us.
_BEGIN = b"""
    SELECT pid, backend_start, set_config('tcp_keepalives_idle', '10', false),
        set_config('tcp_keepalives_interval', '5', false), set_config('tcp_keepalives_count', '3', false)
    FROM pg_stat_activity WHERE pid = pg_backend_pid()
"""
_END = b"SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE pid = %s AND backend_start = %s"
_SILENCE = 10.0
"""Seconds after which a silent connection is asked whether it is still there."""


class ShardTaken(OperatorError):
    """Report that another process serves one of the shards, or counts them differently."""


class ShardLocks:
    """Locks in the database behind ``engine``; an SQLite file is one process's and needs none."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine
        self._hold: _Hold | None = None
        self._keeper: asyncio.Task[None] | None = None

    @property
    def needed(self) -> bool:
        """Whether other processes may serve shards beside this one."""
        return is_shared(self._engine)

    async def take(self, ids: Sequence[int], count: int) -> asyncio.Task[None]:
        """Take the locks of shards of which there are ``count`` in all, or raise ``ShardTaken``.

        They are held until ``let_go`` and taken again after a cut. Where another process was faster then, the
        task that is returned ends with ``ShardTaken``.
        """
        import psycopg

        try:
            self._hold = await self._open(ids, count)
        except (psycopg.Error, OSError) as error:
            raise OperatorError(f"the database can't be reached: {error}") from error
        self._keeper = asyncio.create_task(self._keep(ids, count), name="shard locks")
        return self._keeper

    async def let_go(self) -> None:
        """Leave the shards to others."""
        if self._keeper is not None:
            self._keeper.cancel()
            # How it ended was for whom it was given to.
            await asyncio.wait([self._keeper])
        if self._hold is not None:
            await _release(self._hold.connection)

    async def _keep(self, ids: Sequence[int], count: int) -> None:
        while (hold := self._hold) is not None:
            cause = await _cut(hold.connection)
            await hold.connection.close()
            self._hold = None
            log.warning("the hold on shards %s was cut (%s); taking it again", write_shards(ids), cause)
            self._hold = await self._open_again(hold, ids, count)

    async def _open_again(self, former: _Hold, ids: Sequence[int], count: int) -> _Hold:
        import psycopg

        pause = 0.05
        while True:
            with suppress(psycopg.Error, OSError):
                return await self._open(ids, count, former)
            await asyncio.sleep(pause)
            pause = min(pause * 2, 2.0)

    async def _open(self, ids: Sequence[int], count: int, former: _Hold | None = None) -> _Hold:
        import psycopg

        _, where = self._engine.dialect.create_connect_args(self._engine.url)
        how: dict[str, Any] = {**where, "autocommit": True, "application_name": "jimeng-bot shards"}
        connection = await psycopg.AsyncConnection.connect(**how)
        try:
            if former is not None:
                # The server may not have noticed the cut yet, and keep the locks for whom we were.
                await connection.execute(_END, (former.pid, former.began))
            await _lock(connection, ids, count)
            (found,) = await (await connection.execute(_BEGIN)).fetchall()
            return _Hold(connection, found[0], found[1])
        except BaseException:
            await connection.close()
            raise


@dataclass(frozen=True, slots=True)
class _Hold:
    """The connection that holds the locks, and what the server knows it by."""

    connection: AsyncConnection[Any]
    pid: int
    began: datetime


async def _lock(connection: AsyncConnection[Any], ids: Sequence[int], count: int) -> None:
    # Shown before it is looked at: of two processes that start at once at least one sees the other.
    await connection.execute(_SHOW_COUNT, (_COUNT, count))
    other = await (await connection.execute(_OTHER_COUNT, (_COUNT, count))).fetchone()
    if other is not None:
        raise ShardTaken(
            f"another process on this database connects with SHARD_COUNT={other[0]}, this one with {count}: "
            "write the same number for all of them, and stop those with the old one first."
        )
    taken = await (await connection.execute(_TAKE, (list(ids), _SHARD))).fetchall()
    if taken:
        raise ShardTaken(
            f"shard {write_shards([row[0] for row in taken])} is served by another process on this database: "
            "give each shard to one process (SHARD_IDS), or start “jimeng-bot worker” for more drawing."
        )


async def _cut(connection: AsyncConnection[Any]) -> str:
    """Wait until the line is cut and return why."""
    import psycopg

    try:
        while True:
            async for _ in connection.notifies(timeout=_SILENCE):
                pass
            await connection.execute(b"SELECT 1")
    except (psycopg.Error, OSError) as error:
        return type(error).__name__


async def _release(connection: AsyncConnection[Any]) -> None:
    """Give the locks back at once, not when the server notices that we left."""
    import psycopg

    with suppress(psycopg.Error, OSError):
        await connection.execute(b"SELECT pg_advisory_unlock_all()")
    await connection.close()
