"""Gives the disk space of deleted rows back."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, Engine, text

from bot.store.db.postgres import is_shared
from bot.store.db.transactions import threads_of, write

_INCREMENTAL = 2
_STEP = 500
"""Pages that are freed in one transaction: some milliseconds in which no other can write."""
_LARGE = 0.1
"""Part of a file that must be free before it is shrunk: new rows will need a small one again."""
_VACUUM_JOBS = text("VACUUM (ANALYZE) jobs")


def use_incremental_vacuum(engine: Engine) -> None:
    """Rebuild an SQLite file that was created before it could be shrunk in small steps."""
    if is_shared(engine):
        return
    # Without a transaction, which it can't run in.
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        if _pragma(connection, "auto_vacuum") != _INCREMENTAL:
            connection.execute(text(f"PRAGMA auto_vacuum={_INCREMENTAL}"))
            connection.execute(text("VACUUM"))


async def free_space(engine: Engine) -> int:
    """Shrink the database after many rows were deleted, and return by how many bytes the file shrank.

    PostgreSQL makes the space available to new rows instead, and returns 0.
    """
    if is_shared(engine):
        await threads_of(engine).read(lambda: _vacuum(engine))
        return 0
    freed = 0
    if await write(engine, _free_part) < _LARGE:
        return 0
    while step := await write(engine, _free_pages):
        freed += step
    return freed


def _vacuum(engine: Engine) -> None:
    with engine.connect() as connection:
        connection.execution_options(isolation_level="AUTOCOMMIT").execute(_VACUUM_JOBS)


def _free_part(connection: Connection) -> float:
    free, pages = _pragma(connection, "freelist_count"), _pragma(connection, "page_count")
    return free / max(1, pages)


def _free_pages(connection: Connection) -> int:
    """Free some pages and return their bytes; 0 if there is none, or the file can't be shrunk in steps."""
    before = _pragma(connection, "freelist_count")
    driver: Any = connection.connection.driver_connection
    # Each row is a page that was freed; SQLAlchemy doesn't read rows without columns.
    driver.execute(f"PRAGMA incremental_vacuum({_STEP})").fetchall()
    return (before - _pragma(connection, "freelist_count")) * _pragma(connection, "page_size")


def _pragma(connection: Connection, name: str) -> int:
    return connection.scalar(text(f"PRAGMA {name}")) or 0
