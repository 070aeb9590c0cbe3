"""Notices other processes of the bot that use a PostgreSQL database; an SQLite file is locked instead."""

from __future__ import annotations

from collections.abc import Callable
from time import monotonic, sleep
from typing import TypeVar

from sqlalchemy import Connection, Engine, text

from bot.domain.errors import OperatorError
from bot.store.db.postgres import APPLICATION_NAME
from bot.store.db.transactions import write

_T = TypeVar("_T")

_FORGET = text("SELECT pg_stat_clear_snapshot()")
_OTHERS = text("""
    SELECT count(*) FROM pg_stat_activity
    WHERE datname = current_database() AND application_name = :name AND pid <> pg_backend_pid()
""")

_GOODBYE = 3.0
"""Seconds for which the server may still list a connection that was just closed."""


def require_no_other_process(connection: Connection) -> None:
    """Raise ``OperatorError`` while the bot has connections besides this one."""
    if connection.dialect.name != "postgresql":
        return
    until = monotonic() + _GOODBYE
    while connection.scalar(_OTHERS, {"name": APPLICATION_NAME}):
        if monotonic() > until:
            raise OperatorError("other processes of the bot use the database: stop all of them first")
        sleep(0.05)
        # Or the server would repeat what this transaction saw first.
        connection.execute(_FORGET)


async def write_alone(engine: Engine, work: Callable[[Connection], _T]) -> _T:
    """Run ``work`` like ``write``; raise ``OperatorError`` while other processes are connected."""

    def alone(connection: Connection) -> _T:
        require_no_other_process(connection)
        return work(connection)

    engine.dispose()  # idle connections would count as other processes
    return await write(engine, alone)
