"""PostgreSQL features for several processes on one database; no-ops on SQLite."""

from __future__ import annotations

from typing import Any, Literal

from sqlalchemy import Connection, Engine, func, text
from sqlalchemy.engine import URL
from sqlalchemy.exc import DBAPIError, OperationalError

LockName = Literal["migrate", "accept"]

# Advisory locks are scoped to one database, so the bot's own has no others.
_LOCKS: dict[LockName, int] = {"migrate": 7_305_001, "accept": 7_305_002}
_LOCK = text("SELECT pg_advisory_xact_lock(:lock)")
ASYNC_COMMIT = func.set_config("synchronous_commit", "off", True)
"""Select this in a transaction that may be lost if the server crashes, as it is then repeated."""
APPLICATION_NAME = "jimeng-bot"
"""What the server calls the bot's connections, unless the URL says otherwise."""
_CONNECTION_DEFAULTS = {
    "application_name": APPLICATION_NAME,
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
_NO_JIT = "SELECT set_config('jit', 'off', false)"
"""Compiling a statement takes a hundred times as long as running it, where its cost is overestimated."""
_IDLE_TIMEOUT = "25P03"
"""SQLSTATE of a transaction that exceeded the idle timeout."""
_READ_ONLY = "25006"
"""SQLSTATE of a write on a server that is, or has become, a standby."""


def with_timeouts(address: URL) -> URL:
    """Add the timeouts for an unresponsive server that the URL doesn't set itself."""
    return address.set(query={**_CONNECTION_DEFAULTS, **address.query})


def configure_session(connection: Any, _record: object) -> None:
    """Let the server abort idle transactions, unless a timeout is configured, and not compile statements.

    Otherwise a suspended or vanished process would hold its locks forever.
    """
    cursor = connection.cursor()
    # Not startup parameters, which connection poolers refuse.
    cursor.execute(_LIMIT_IDLE)
    cursor.execute(_NO_JIT)
    cursor.close()
    connection.commit()


def is_connection_failure(error: DBAPIError) -> bool:
    """Return whether the connection failed or the database is unavailable, not the statement."""
    sqlstate = getattr(error.orig, "sqlstate", "")
    return isinstance(error, OperationalError) or sqlstate in (_IDLE_TIMEOUT, _READ_ONLY)


def is_read_only(error: DBAPIError) -> bool:
    """Return whether the server refuses writes, as one that isn't the primary any more."""
    return getattr(error.orig, "sqlstate", "") == _READ_ONLY


def is_shared(engine: Engine) -> bool:
    """Return whether other processes may use the same database."""
    return engine.dialect.name == "postgresql"


def acquire_lock(connection: Connection, name: LockName) -> None:
    """Wait for an exclusive lock over all processes, held until the transaction ends."""
    if connection.dialect.name == "postgresql":
        connection.execute(_LOCK, {"lock": _LOCKS[name]})
