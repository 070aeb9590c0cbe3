"""The lock of the process that sweeps; it belongs to a connection of its own."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, suppress
from typing import TYPE_CHECKING, Any

from sqlalchemy import Engine

from bot.store.db.postgres import is_shared
from bot.store.db.reconnect import connect
from bot.store.errors import DatabaseOutage

if TYPE_CHECKING:
    from psycopg import AsyncConnection

# Advisory locks are scoped to one database, so the bot's own has no others.
_TRY_LOCK = b"SELECT pg_try_advisory_lock(7305003)"
_UNLOCK = b"SELECT pg_advisory_unlock(7305003)"


@asynccontextmanager
async def sweep_lock(engine: Engine) -> AsyncGenerator[bool]:
    """Try to lock sweeping for the duration of the context; False if another process holds the lock.

    Raises ``DatabaseOutage``.
    """
    if not is_shared(engine):
        yield True
        return
    import psycopg

    try:
        connection, locked = await _try_lock(engine)
    except (psycopg.Error, OSError) as error:
        raise DatabaseOutage(f"the database is unavailable: {type(error).__name__}") from error
    try:
        yield locked
    finally:
        with suppress(psycopg.Error, OSError):
            # At once, not when the server notices the closed connection.
            await connection.execute(_UNLOCK)
        await connection.close()


async def _try_lock(engine: Engine) -> tuple[AsyncConnection[Any], bool]:
    connection = await connect(engine, "jimeng-bot sweep")
    try:
        return connection, await (await connection.execute(_TRY_LOCK)).fetchone() == (True,)
    except BaseException:
        await connection.close()
        raise
