"""Migrated databases: the migrations run once, and their result is copied."""

from __future__ import annotations

import asyncio
import os
import sqlite3
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from functools import cache
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import psycopg
from sqlalchemy.engine import make_url

from bot.store.db.engine import open_engine


def new_sqlite(file: Path) -> str:
    """Create a migrated database at ``file``, and return its URL."""
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(_migrated_sqlite())
    return _sqlite_url(file)


def reset_sqlite(file: Path, *, reuse_ids: bool = False) -> None:
    """Give a migrated database the rows of a new one, while programs have it open.

    Unless ``reuse_ids``, ids go on from those that were given before.
    """
    with closing(sqlite3.connect(file, timeout=30)) as database:
        database.execute("PRAGMA synchronous=OFF")
        with database:
            if reuse_ids:
                database.execute("DELETE FROM sqlite_sequence")
            for table, rows in _new_rows().items():
                database.execute(f"DELETE FROM {table}")  # noqa: S608  # a name of our own schema
                for row in rows:
                    values = ", ".join("?" for _ in row)
                    database.execute(f"INSERT INTO {table} VALUES ({values})", row)  # noqa: S608


def last_id(file: Path, table: str) -> int:
    """Return the id that a table gave last, 0 if none."""
    with closing(sqlite3.connect(file)) as database:
        row = database.execute("SELECT seq FROM sqlite_sequence WHERE name = ?", (table,)).fetchone()
    return row[0] if row else 0


def with_query(url: str, **query: str) -> str:
    """Return a database URL with additional query parameters."""
    return make_url(url).update_query_dict(query).render_as_string(hide_password=False)


_EMPTY = b"""
DO $$ DECLARE name text; BEGIN
    PERFORM pg_terminate_backend(pid, 10000) FROM pg_stat_activity
        WHERE datname = current_database() AND pid <> pg_backend_pid()
        AND (state <> 'idle' OR pid IN (SELECT pid FROM pg_locks WHERE locktype = 'advisory'));
    SET LOCAL session_replication_role = replica;  -- no order by foreign keys is needed
    FOR name IN SELECT tablename FROM pg_tables WHERE schemaname = 'public' LOOP
        EXECUTE format('DELETE FROM public.%I', name);
        EXECUTE format('INSERT INTO public.%I OVERRIDING SYSTEM VALUE SELECT * FROM new.%I', name, name);
    END LOOP;
    FOR name IN SELECT sequencename FROM pg_sequences WHERE schemaname = 'public' LOOP
        PERFORM setval(format('public.%I', name), 1, false);
    END LOOP;
END $$
"""
_KEEP_NEW_ROWS = b"""
DO $$ DECLARE name text; BEGIN
    CREATE SCHEMA new;
    FOR name IN SELECT tablename FROM pg_tables WHERE schemaname = 'public' LOOP
        EXECUTE format('CREATE TABLE new.%I AS TABLE public.%I', name, name);
    END LOOP;
END $$
"""
_DATABASE = b"SELECT 1 FROM pg_database WHERE datname = %s"
_MIGRATED = "migrated"


class PostgresDatabases:
    """Creates databases on a PostgreSQL server, which other processes may use, too."""

    def __init__(self, url: str) -> None:
        self._server = make_url(url)
        self._ids = count(1)
        self._template = ""
        self._shared: tuple[str, psycopg.Connection[tuple[Any, ...]]] | None = None

    def close(self) -> None:
        """Close its own connection."""
        if self._shared is not None:
            self._shared[1].close()

    def empty(self) -> str:
        """Create a database without tables, and return its URL."""
        return self._create("template1")

    def new(self) -> str:
        """Create a migrated database, and return its URL."""
        if not self._template:
            self._template = self._migrated_once()
        return self._create(self._template)

    def copy(self, url: str) -> str:
        """Create a copy of a database of the server, which nobody uses meanwhile, and return its URL."""
        return self._create(str(make_url(url).database))

    def shared(self) -> str:
        """Give the database that tests use in turn the rows and ids of a new one, and return its URL.

        Connections that do or hold anything are closed. It is much cheaper than a new one.
        """
        if self._shared is None:
            url = self.new()
            self._shared = url, self._connect(make_url(url).database)
            self._shared[1].execute(_KEEP_NEW_ROWS)
        url, connection = self._shared
        try:
            connection.execute(_EMPTY)
        except psycopg.OperationalError:  # a test has closed all connections
            self._shared = url, self._connect(make_url(url).database)
            self._shared[1].execute(_EMPTY)
        return url

    def _migrated_once(self) -> str:
        """Return the name of the server's migrated database, which the first process creates."""
        with self._connect(self._server.database) as connection:
            connection.execute(b"SELECT pg_advisory_lock(1)")
            if not connection.execute(_DATABASE, (_MIGRATED,)).fetchone():
                url = self.empty()
                _migrate(url)
                connection.execute(f"ALTER DATABASE {make_url(url).database} RENAME TO {_MIGRATED}".encode())
        return _MIGRATED

    def _create(self, template: str) -> str:
        name = f"test_{os.getpid()}_{next(self._ids)}"
        with self._connect(self._server.database) as connection:
            connection.execute(f"CREATE DATABASE {name} TEMPLATE {template}".encode())
        return self._server.set(database=name).render_as_string(hide_password=False)

    def _connect(self, database: str | None) -> psycopg.Connection[tuple[Any, ...]]:
        host, user = str(self._server.query["host"]), self._server.username
        return psycopg.connect(host=host, user=user, dbname=database, autocommit=True)


@cache
def _migrated_sqlite() -> bytes:
    with TemporaryDirectory() as folder:
        file = Path(folder) / "jobs.db"
        _migrate(_sqlite_url(file))
        return file.read_bytes()


@cache
def _new_rows() -> dict[str, list[tuple[Any, ...]]]:
    """Return the rows of each table of a new database."""
    with TemporaryDirectory() as folder:
        new_sqlite(file := Path(folder) / "new.db")
        with closing(sqlite3.connect(file)) as database:
            names = "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'"
            tables = [table for (table,) in database.execute(names).fetchall()]
            return {table: database.execute(f"SELECT * FROM {table}").fetchall() for table in tables}  # noqa: S608


def _sqlite_url(file: Path) -> str:
    return f"sqlite:///{file}"


def _migrate(url: str) -> None:
    async def open_and_close() -> None:
        async with open_engine(url, durable=False):
            pass

    # In a thread, as the caller may run in an event loop.
    with ThreadPoolExecutor(1) as thread:
        thread.submit(asyncio.run, open_and_close()).result()
