"""PostgreSQL features for several processes on one database: locks and notifications; no-ops on SQLite."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import asynccontextmanager, suppress
from typing import Any, Literal

from sqlalchemy import func, select, text
from sqlalchemy.engine import URL
from sqlalchemy.exc import DBAPIError, OperationalError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

log = logging.getLogger(__name__)

LockName = Literal["migrate", "accept"]
Channel = Literal["work", "settings", "preferences"]
Listeners = Mapping[Channel, Callable[[str], object]]
"""A callback for each channel; it gets the payload, and "" whenever notifications may have been missed."""

# Advisory locks and channels are scoped to one database, so the bot's own has no others.
_LOCKS: dict[LockName, int] = {"migrate": 7_305_001, "accept": 7_305_002}
_CHANNELS: dict[Channel, str] = {
    "work": "jimeng_work",
    "settings": "jimeng_settings",
    "preferences": "jimeng_preferences",
}
_SWEEP = 7_305_003
_LOCK = text("SELECT pg_advisory_xact_lock(:lock)")
ASYNC_COMMIT = func.set_config("synchronous_commit", "off", True)
"""Select this in a transaction that may be lost if the server crashes, as it is then repeated."""
_NOTIFY = text("SELECT pg_notify(:channel, :payload)")
_PING_INTERVAL = 30.0
"""Seconds of silence after which the listener's connection is checked."""
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


async def notify(connection: AsyncConnection, channel: Channel = "work", payload: str = "") -> None:
    """Notify every process when the transaction is committed."""
    if connection.dialect.name == "postgresql":
        await connection.execute(_NOTIFY, {"channel": _CHANNELS[channel], "payload": payload})


@asynccontextmanager
async def listen(engine: AsyncEngine, listeners: Listeners) -> AsyncGenerator[None]:
    """Call ``listeners`` for notifications of any process, and each with "" after every (re)connection."""
    if not is_shared(engine):
        yield
        return
    task = asyncio.create_task(_run_listener(engine, listeners), name="listener")
    try:
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


async def _run_listener(engine: AsyncEngine, listeners: Listeners) -> None:
    import psycopg

    _, arguments = engine.dialect.create_connect_args(engine.url)
    options: dict[str, Any] = {**arguments, "autocommit": True, "application_name": "jimeng-bot listener"}
    callbacks = {_CHANNELS[channel]: callback for channel, callback in listeners.items()}
    pause = 0.05
    while True:
        try:
            async with await psycopg.AsyncConnection.connect(**options) as connection:
                for channel in callbacks:
                    await connection.execute(f"LISTEN {channel}".encode())
                pause = 0.05
                for callback in callbacks.values():
                    callback("")
                while True:
                    async for notice in connection.notifies(timeout=_PING_INTERVAL):
                        callbacks[notice.channel](notice.payload)
                    await connection.execute("SELECT 1")
        except (psycopg.Error, OSError) as error:
            log.warning(
                "the connection for database notifications failed (%s); reconnecting", type(error).__name__
            )
            await asyncio.sleep(pause)
            pause = min(pause * 2, 2.0)
