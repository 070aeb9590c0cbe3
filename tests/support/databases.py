"""Migrated databases: the migrations run once, and their result is copied."""

from __future__ import annotations

import asyncio
import sqlite3
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from functools import cache
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory

import psycopg
from sqlalchemy.engine import make_url

from bot.store.db.engine import open_engine


def new_sqlite(file: Path) -> str:
    """Create a migrated database at ``file``, and return its URL."""
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(_migrated_sqlite())
    return _sqlite_url(file)


def reset_sqlite(file: Path) -> None:
    """Give a migrated database the rows of a new one, while programs have it open; ids aren't used again."""
    with TemporaryDirectory() as folder, closing(sqlite3.connect(file, timeout=30)) as database:
        new_sqlite(Path(folder) / "new.db")
        database.execute("ATTACH ? AS new", (f"{folder}/new.db",))
        tables = "SELECT name FROM new.sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'"
        with database:
            for (table,) in database.execute(tables).fetchall():
                database.execute(f"DELETE FROM main.{table}")  # noqa: S608  # a name of our own schema
                database.execute(f"INSERT INTO main.{table} SELECT * FROM new.{table}")  # noqa: S608
        database.execute("DETACH new")


def last_id(file: Path, table: str) -> int:
    """Return the id that a table gave last, 0 if none."""
    with closing(sqlite3.connect(file)) as database:
        row = database.execute("SELECT seq FROM sqlite_sequence WHERE name = ?", (table,)).fetchone()
    return row[0] if row else 0


def with_query(url: str, **query: str) -> str:
    """Return a database URL with additional query parameters."""
    return make_url(url).update_query_dict(query).render_as_string(hide_password=False)


class PostgresDatabases:
    """Creates databases on a PostgreSQL server."""

    def __init__(self, url: str) -> None:
        self._server = make_url(url)
        self._ids = count(1)
        self._migrated: str | None = None

    def empty(self) -> str:
        """Create a database without tables, and return its URL."""
        return self._create("template1")

    def new(self) -> str:
        """Create a migrated database, and return its URL."""
        if self._migrated is None:
            url = self.empty()
            _migrate(url)
            self._migrated = make_url(url).database
        return self._create(self._migrated or "")

    def _create(self, template: str) -> str:
        name = f"test_{next(self._ids)}"
        host, user = str(self._server.query["host"]), self._server.username
        with psycopg.connect(host=host, user=user, autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {name} TEMPLATE {template}".encode())
        return self._server.set(database=name).render_as_string(hide_password=False)


@cache
def _migrated_sqlite() -> bytes:
    with TemporaryDirectory() as folder:
        file = Path(folder) / "jobs.db"
        _migrate(_sqlite_url(file))
        return file.read_bytes()


def _sqlite_url(file: Path) -> str:
    return f"sqlite:///{file}"


def _migrate(url: str) -> None:
    async def open_and_close() -> None:
        async with open_engine(url, durable=False):
            pass

    # In a thread, as the caller may run in an event loop.
    with ThreadPoolExecutor(1) as thread:
        thread.submit(asyncio.run, open_and_close()).result()
