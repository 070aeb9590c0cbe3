"""PostgreSQL features for several processes on one database; no-ops on SQLite."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any, Literal

from sqlalchemy import func, select, text
from sqlalchemy.engine import URL
from sqlalchemy.exc import DBAPIError, OperationalError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

LockName = Literal["migrate", "accept"]

# Advisory locks are scoped to one database, so the bot's own has no others.
_LOCKS: dict[LockName, int] = {"migrate": 7_305_001, "accept": 7_305_002}
_SWEEP = 7_305_003
_LOCK = text("SELECT pg_advisory_xact_lock(:lock)")
ASYNC_COMMIT = func.set_config("synchronous_commit", "off", True)
"""Select this in a transaction that may be lost if the server crashes, as it is then repeated."""
_CONNECTION_DEFAULTS = {
    "application_name": "jimeng-bot",
    "connect_timeout": "10",
    # Detect a vanished server within half a minute.
    "keepalives_idle": "10",
    "keepalives_interval": "5",
    "keepalives_count": "3",
    "tcp_user_timeout": "25000",
}
_LIMIT_IDLE = """
    SELECT set_config('idle_in_transaction_session_timeout', '5s', false)
    WHERE current_setting('idle_in_transaction_session_timeout') = '0'
"""
_IDLE_TIMEOUT = "25P03"
"""SQLSTATE of a transaction that exceeded the idle timeout."""


def with_timeouts(address: URL) -> URL:
    """Add the timeouts for an unresponsive server that the URL doesn't set itself."""
    return address.set(query={**_CONNECTION_DEFAULTS, **address.query})


def limit_idle_transactions(connection: Any, _record: object) -> None:
    """Let the server abort idle transactions, unless a timeout is configured.

    Otherwise a suspended or vanished process would hold its locks forever.
    """
    cursor = connection.cursor()
    # Not a startup parameter, which connection poolers refuse.
    cursor.execute(_LIMIT_IDLE)
    cursor.close()
    connection.commit()


def is_connection_failure(error: DBAPIError) -> bool:
    """Return whether the connection failed or the database is unavailable, not the statement."""
    return isinstance(error, OperationalError) or getattr(error.orig, "sqlstate", "") == _IDLE_TIMEOUT


def is_shared(engine: AsyncEngine) -> bool:
    """Return whether other processes may use the same database."""
    return engine.dialect.name == "postgresql"


async def acquire_lock(connection: AsyncConnection, name: LockName) -> None:
    """Wait for an exclusive lock over all processes, held until the transaction ends."""
    if connection.dialect.name == "postgresql":
        await connection.execute(_LOCK, {"lock": _LOCKS[name]})


@asynccontextmanager
async def sweep_lock(engine: AsyncEngine) -> AsyncGenerator[bool]:
    """Try to lock sweeping for the duration of the context; False if another process holds the lock."""
    if not is_shared(engine):
        yield True
        return
    async with engine.connect() as connection:
        # Autocommit, as a transaction would stay open all the while.
        await connection.execution_options(isolation_level="AUTOCOMMIT")
        locked = bool(await connection.scalar(select(func.pg_try_advisory_lock(_SWEEP))))
        try:
            yield locked
        finally:
            if locked:
                await connection.execute(select(func.pg_advisory_unlock(_SWEEP)))
