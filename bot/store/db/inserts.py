"""Inserts that update a row that exists already, in the dialect of SQLite or of PostgreSQL."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

if TYPE_CHECKING:
    from sqlalchemy import Table
    from sqlalchemy.dialects.sqlite import Insert


def insert_into(table: Table, dialect: str) -> Insert:
    """Return an insert with ``on_conflict_do_update``, which is the same for both dialects."""
    # Only the dialect that is in use is imported.
    if dialect == "postgresql":
        from sqlalchemy.dialects import postgresql

        return cast("Insert", postgresql.insert(table))
    from sqlalchemy.dialects import sqlite

    return sqlite.insert(table)
