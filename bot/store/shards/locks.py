"""Exclusive shard ownership by PostgreSQL session locks, which end with the connection that holds them."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING, Any

from sqlalchemy import Engine

from bot.config.setting_values import format_shard_ids
from bot.domain.errors import OperatorError
from bot.store.db.postgres import is_shared
from bot.store.db.reconnect import connect, notifications, retry_forever
from bot.store.db.redaction import redact

if TYPE_CHECKING:
    from psycopg import AsyncConnection

log = logging.getLogger(__name__)

# The first of two keys; locks with two keys never collide with those with one.
_SHARD, _COUNT = 7_305_001, 7_305_002
_TRY_LOCK = b"SELECT id FROM unnest(%s::int[]) AS id WHERE NOT pg_try_advisory_lock(%s, id) ORDER BY id"
_PUBLISH_COUNT = b"SELECT pg_advisory_lock_shared(%s, %s)"
_OTHER_COUNT = b"""
    SELECT objid::bigint FROM pg_locks JOIN pg_database ON pg_database.oid = pg_locks.database
    WHERE locktype = 'advisory' AND datname = current_database()
        AND classid::bigint = %s AND objid::bigint <> %s
"""
# With keepalives the server detects within half a minute that this process vanished, and frees the locks.
_CONFIGURE = b"""
    SELECT pid, backend_start, set_config('tcp_keepalives_idle', '10', false),
        set_config('tcp_keepalives_interval', '5', false), set_config('tcp_keepalives_count', '3', false)
    FROM pg_stat_activity WHERE pid = pg_backend_pid()
"""
_TERMINATE = (
    b"SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE pid = %s AND backend_start = %s"
)
_PING_INTERVAL = 10.0
"""Seconds of silence after which the connection is checked."""


class ShardTaken(OperatorError):
    """Report that another process serves one of the shards."""

    retry = True


class ShardCountConflict(ShardTaken):
    """Report that another process uses another shard count."""

    retry = False


class ShardLocks:
    """Locks in the database behind ``engine``; SQLite needs none, as it allows one process only."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._session: _LockSession | None = None
        self._keeper: asyncio.Task[None] | None = None

    @property
    def needed(self) -> bool:
        """Whether other processes may serve shards too."""
        return is_shared(self._engine)

    async def acquire(self, ids: Sequence[int], count: int) -> asyncio.Task[None]:
        """Lock shards, of which there are ``count`` in all, or raise ``ShardTaken``.

        The locks are held until ``release``, and acquired again after a connection failure. If another
        process has them by then, the returned task ends with ``ShardTaken``.
        """
        import psycopg

        try:
            self._session = await self._open(ids, count)
        except (psycopg.Error, OSError) as error:
            reason = redact(error, self._engine.url)
            raise OperatorError(f"the database can't be reached: {reason}") from error
        self._keeper = asyncio.create_task(self._keep(ids, count), name="shard locks")
        return self._keeper

    async def release(self) -> None:
        """Release the shards."""
        if self._keeper is not None:
            self._keeper.cancel()
            # Its outcome is the concern of the caller of ``acquire``.
            await asyncio.wait([self._keeper])
        if self._session is not None:
            await _release(self._session.connection)

    async def _keep(self, ids: Sequence[int], count: int) -> None:
        while (session := self._session) is not None:
            cause = await _until_disconnected(session.connection)
            await session.connection.close()
            self._session = None
            # An outage is logged while it can't connect again.
            log.debug("the connection that locks shards %s failed (%s)", format_shard_ids(ids), cause)
            self._session = await retry_forever(self._engine, partial(self._open, ids, count, session))

    async def _open(self, ids: Sequence[int], count: int, former: _LockSession | None = None) -> _LockSession:
        connection = await connect(self._engine, "jimeng-bot shards")
        try:
            if former is not None:
                # The server may not have noticed the failure yet; its old session still has the locks.
                await connection.execute(_TERMINATE, (former.pid, former.started_at))
            await _lock(connection, ids, count)
            (found,) = await (await connection.execute(_CONFIGURE)).fetchall()
            return _LockSession(connection, found[0], found[1])
        except BaseException:
            await connection.close()
            raise


@dataclass(frozen=True, slots=True)
class _LockSession:
    """The connection that holds the locks, and its identity on the server."""

    connection: AsyncConnection[Any]
    pid: int
    started_at: datetime


async def _lock(connection: AsyncConnection[Any], ids: Sequence[int], count: int) -> None:
    # Published before checking: of two processes that start at once, at least one sees the other.
    await connection.execute(_PUBLISH_COUNT, (_COUNT, count))
    other = await (await connection.execute(_OTHER_COUNT, (_COUNT, count))).fetchone()
    if other is not None:
        raise ShardCountConflict(
            f"another process on this database connects with SHARD_COUNT={other[0]}, this one with {count}: "
            "write the same number for all of them, and stop those with the old one first."
        )
    taken = await (await connection.execute(_TRY_LOCK, (list(ids), _SHARD))).fetchall()
    if taken:
        raise ShardTaken(
            f"shard {format_shard_ids([row[0] for row in taken])} is served by another process on this "
            "database: give each shard to one process (SHARD_IDS), or start “jimeng-bot worker” to draw more."
        )


async def _until_disconnected(connection: AsyncConnection[Any]) -> str:
    """Wait until the connection fails and return the cause."""
    import psycopg

    try:
        async for _ in notifications(connection, ping=_PING_INTERVAL):
            pass
    except (psycopg.Error, OSError) as error:
        return type(error).__name__
    return "it was closed"


async def _release(connection: AsyncConnection[Any]) -> None:
    """Unlock at once, not when the server notices the closed connection."""
    import psycopg

    with suppress(psycopg.Error, OSError):
        await connection.execute(b"SELECT pg_advisory_unlock_all()")
    await connection.close()
