"""Detects a connection pooler that keeps no session, such as PgBouncer in transaction mode."""

from __future__ import annotations

from sqlalchemy import Connection, Engine, func, select
from sqlalchemy.exc import DBAPIError

from bot.domain.errors import OperatorError

POOLER_REFUSED = (
    "the database is reached through a pooler in transaction or statement mode, which loses the locks and "
    "notifications between the bot's processes: write the DATABASE_URL of PostgreSQL itself, or set "
    "pool_mode = session in PgBouncer"
)
_BACKEND = select(func.pg_backend_pid())


def refuse_transaction_pooler(engine: Engine) -> None:
    """Raise ``OperatorError`` if connections don't keep their server session between transactions.

    Shard locks, the sweep's lock and LISTEN belong to a session; with such a pooler they would be lost or end
    up with another client, without any error.
    """
    with engine.connect() as idle, engine.connect() as busy:
        idle.execution_options(isolation_level="AUTOCOMMIT")
        before = _backend(idle)
        # A pooler gives the session that has just become free to the next transaction, and then another one
        # to the first connection. Without a pooler, two connections never have the same session.
        with busy.begin():
            taken = _backend(busy)
            after = _backend(idle)
    if taken in (before, after) or after != before:
        raise OperatorError(POOLER_REFUSED)


def is_refused_by_pooler(error: DBAPIError) -> bool:
    """Return whether the error is that of PgBouncer in statement mode, which allows no transactions."""
    return "statement pooling mode" in str(error.orig)


def _backend(connection: Connection) -> int | None:
    return connection.scalar(_BACKEND)
