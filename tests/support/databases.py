"""Databases with every table from the start: the migrations run once, and what they made is copied."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory

import psycopg
from sqlalchemy.engine import make_url

from bot.store.db.engine import open_engine


def new_sqlite(file: Path) -> str:
    """Lay a database at ``file``, and return its URL."""
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(_migrated_sqlite())
    return _sqlite_url(file)


def with_query(url: str, **query: str) -> str:
    """Return a database's URL with more in its query."""
    return make_url(url).update_query_dict(query).render_as_string(hide_password=False)


class Postgres:
    """A PostgreSQL server that gives everyone a database of their own."""

    def __init__(self, url: str) -> None:
        self._server = make_url(url)
        self._numbers = count(1)
        self._migrated: str | None = None

    def empty(self) -> str:
        """Make a database without tables, and return its URL."""
        return self._make("template1")

    def new(self) -> str:
        """Make a database with every table, and return its URL."""
        if self._migrated is None:
            url = self.empty()
            _migrate(url)
            self._migrated = make_url(url).database
        return self._make(self._migrated or "")

    def _make(self, template: str) -> str:
        name = f"test_{next(self._numbers)}"
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
    return f"sqlite+aiosqlite:///{file}"


def _migrate(url: str) -> None:
    async def visit() -> None:
        async with open_engine(url):
            pass

    # In a thread: whoever asks may have an event loop running.
    with ThreadPoolExecutor(1) as thread:
        thread.submit(asyncio.run, visit()).result()
