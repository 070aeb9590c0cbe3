"""A new database for each test: an SQLite file, or one of a PostgreSQL server started for the session."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Generator
from itertools import count
from pathlib import Path

import psycopg
import pytest
from postgres_server import HOW_TO_GET, find_postgres, throwaway_postgres
from sqlalchemy.engine import make_url

from bot.store.engine import open_engine
from bot.store.jobs import JobStore

_numbers = count(1)


@pytest.fixture(scope="session")
def postgres_server() -> Generator[str]:
    programs = find_postgres()
    if programs is None:
        pytest.skip(HOW_TO_GET)
    with throwaway_postgres(programs) as url:
        yield url


@pytest.fixture
def postgres_url(postgres_server: str) -> str:
    name = f"test_{next(_numbers)}"
    server = make_url(postgres_server)
    with psycopg.connect(host=str(server.query["host"]), user=server.username, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}".encode())
    return server.set(database=name).render_as_string(hide_password=False)


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "sqlite":
        return f"sqlite+aiosqlite:///{tmp_path / 'new' / 'jobs.db'}"
    return request.getfixturevalue("postgres_url")


@pytest.fixture
async def jobs(database_url: str, tmp_path: Path) -> AsyncGenerator[JobStore]:
    async with open_engine(database_url) as engine:
        yield JobStore(engine, tmp_path / "spool")
