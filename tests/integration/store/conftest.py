"""A new database for each test: an SQLite file, or one of the session's PostgreSQL server."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from pathlib import Path

import pytest
from sqlalchemy import Engine
from sqlalchemy.engine import make_url

from bot.store.db.engine import connected_engine
from bot.store.queue.jobs import JobStore
from tests.support.databases import new_sqlite
from tests.support.store.stores import Stores, open_stores


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "sqlite":
        return new_sqlite(tmp_path / "jobs.db")
    return request.getfixturevalue("postgres_url")


@pytest.fixture(params=["sqlite", "postgresql"])
def empty_database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """A database without tables."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'new' / 'jobs.db'}"
    return request.getfixturevalue("postgres_server").empty()


@pytest.fixture
async def engine(database_url: str) -> AsyncGenerator[Engine]:
    # It is migrated; a start would check that again for each test.
    async with connected_engine(make_url(database_url), durable=False) as engine:
        yield engine


@pytest.fixture
async def jobs(engine: Engine, tmp_path: Path) -> JobStore:
    return JobStore(engine, tmp_path / "spool")


@pytest.fixture
def stores(engine: Engine, tmp_path: Path) -> Stores:
    return open_stores(engine, tmp_path)
