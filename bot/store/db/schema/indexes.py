"""Creates the defined indexes that a database doesn't have yet, on PostgreSQL while others write.

Migrations leave indexes to this, as building one inside a transaction would block every writer of its table.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Generator
from contextlib import contextmanager

from sqlalchemy import Connection, Engine, Index, func, select, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.schema import CreateIndex

from bot.store.db.postgres import is_shared
from bot.store.db.tables import metadata

log = logging.getLogger(__name__)

_LOCK = 7_305_004
_LOCK_POLL = 0.2
_LOCK_TIMEOUT = text("SET lock_timeout = '10s'")
_NOT_AVAILABLE = "55P03"
"""SQLSTATE of a lock that couldn't be had in time."""
_SQLITE_INDEXES = text("SELECT name, 1 AS valid FROM sqlite_master WHERE type = 'index'")
_POSTGRES_INDEXES = text(
    "SELECT relname AS name, indisvalid AS valid FROM pg_index JOIN pg_class ON pg_class.oid = indexrelid"
    " WHERE relnamespace = current_schema()::regnamespace"
)


def build_indexes(engine: Engine) -> None:
    """Create the missing indexes, and replace those that an interrupted build left invalid.

    One that can't be built now is left to the next start: without it the bot is slower, but works.
    """
    if is_shared(engine):
        with engine.connect() as connection:
            # An index can't be built concurrently in a transaction.
            connection.execution_options(isolation_level="AUTOCOMMIT")
            if _missing(connection):
                _build_concurrently(connection)
        return
    with engine.begin() as connection:
        create_indexes(connection)


def create_indexes(connection: Connection) -> None:
    """Create the missing indexes within a transaction, which blocks the writers of their tables."""
    for index in _missing(connection):
        index.create(connection)


def drop_indexes(connection: Connection) -> None:
    """Drop the defined indexes that exist."""
    for table in metadata.sorted_tables:
        for index in table.indexes:
            index.drop(connection, checkfirst=True)


def _build_concurrently(connection: Connection) -> None:
    with _exclusive(connection):
        connection.execute(_LOCK_TIMEOUT)
        try:
            for index, invalid in _missing(connection).items():
                log.info("building the index %s; the bot starts when it is ready", index.name)
                if invalid:
                    connection.exec_driver_sql(f"DROP INDEX CONCURRENTLY {index.name}")
                connection.exec_driver_sql(_concurrent_ddl(index, connection))
        except DBAPIError as error:
            if getattr(error.orig, "sqlstate", "") != _NOT_AVAILABLE:
                raise
            log.warning("an index can't be built while its table is in use; the next start tries again")
        finally:
            connection.exec_driver_sql("RESET lock_timeout")


def _concurrent_ddl(index: Index, connection: Connection) -> str:
    ddl = str(CreateIndex(index).compile(dialect=connection.dialect))
    return ddl.replace("CREATE INDEX", "CREATE INDEX CONCURRENTLY", 1)


def _missing(connection: Connection) -> dict[Index, bool]:
    """Return the indexes to be built, and whether an invalid one has their name."""
    query = _POSTGRES_INDEXES if connection.dialect.name == "postgresql" else _SQLITE_INDEXES
    found = {str(row.name): bool(row.valid) for row in connection.execute(query)}
    defined = [index for table in metadata.sorted_tables for index in table.indexes]
    missing = {index: index.name in found for index in defined if not found.get(str(index.name))}
    for index in missing:
        if where := index.info.get("where"):
            index.dialect_options[connection.dialect.name]["where"] = text(where)
    return missing


@contextmanager
def _exclusive(connection: Connection) -> Generator[None]:
    """Lock building against other processes."""
    # Polled: the builder waits for all transactions that began before, also for one that waits for a lock.
    while not connection.scalar(select(func.pg_try_advisory_lock(_LOCK))):
        time.sleep(_LOCK_POLL)
    try:
        yield
    finally:
        connection.execute(select(func.pg_advisory_unlock(_LOCK)))
