"""Migrates a database to the newest schema."""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import Connection, inspect, text

from bot.domain.errors import OperatorError
from bot.store.db.schema.indexes import drop_indexes

if TYPE_CHECKING:
    from alembic.config import Config

_MIGRATIONS = Path(__file__).parents[2] / "migrations"


def migrate(connection: Connection) -> None:
    """Apply the missing migrations; raise ``OperatorError`` for a database of a newer version."""
    revision = read_revision(connection)
    if revision == newest_revision():
        return
    if revision is not None:
        check_revision(revision)
    # Imported here: it takes a quarter of the start-up time, and memory that is never freed.
    from alembic import command

    command.upgrade(_config(connection), "head")


def downgrade(connection: Connection, revision: str) -> None:
    """Undo the migrations after ``revision``; what only they store is lost."""
    from alembic import command

    # An index keeps SQLite from dropping its columns; an earlier version creates its own ones.
    drop_indexes(connection)
    command.downgrade(_config(connection), revision)


def _config(connection: Connection) -> Config:
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS))
    config.attributes["connection"] = connection
    return config


def read_revision(connection: Connection) -> str | None:
    """Return the last migration that was applied; None for an empty database."""
    if not inspect(connection).has_table("alembic_version"):
        return None
    return connection.scalar(text("SELECT version_num FROM alembic_version"))


def read_sqlite_revision(database: sqlite3.Connection) -> str | None:
    """Return the same of an SQLite database that is opened with the driver alone."""
    if not database.execute("SELECT 1 FROM sqlite_master WHERE name = 'alembic_version'").fetchone():
        return None
    return database.execute("SELECT version_num FROM alembic_version").fetchone()[0]


def newest_revision() -> str:
    """Return the newest migration that this version of the bot knows."""
    return max(revisions())


def check_revision(revision: str) -> None:
    """Raise ``OperatorError`` for a migration that this version of the bot doesn't know."""
    if revision not in revisions():
        raise OperatorError(
            f"the database is of a newer version of the bot (its schema is {revision}, this version knows "
            f"{newest_revision()}): update the bot, or write the DATABASE_URL of another database"
        )


def revisions() -> set[str]:
    """Return all migrations that this version of the bot knows."""
    return {file.stem.partition("_")[0] for file in _MIGRATIONS.glob("versions/0*.py")}
