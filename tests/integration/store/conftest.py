"""An empty database for each test: an SQLite file, or one of the session's PostgreSQL server."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from pathlib import Path

import pytest
import pytest_asyncio
from sqlalchemy import Engine
from sqlalchemy.engine import make_url

from bot.store.db.engine import connected_engine
from bot.store.queue.jobs import JobStore
from tests.support.databases import new_sqlite, reset_sqlite
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


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Run the tests that share an engine in its event loop."""
    for item in items:
        if "shared_engine" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.asyncio(loop_scope="module"), append=False)


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def shared_url(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> str:
    if request.param == "sqlite":
        return new_sqlite(tmp_path_factory.mktemp("shared") / "jobs.db")
    return request.getfixturevalue("postgres_server").shared()


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def shared_engine(shared_url: str) -> AsyncGenerator[Engine]:
    """An engine for all tests of the module, which compiles each statement once."""
    async with connected_engine(make_url(shared_url), durable=False) as engine:
        yield engine


@pytest.fixture
def engine(request: pytest.FixtureRequest, shared_engine: Engine) -> Engine:
    """The module's engine on an empty database."""
    if shared_engine.dialect.name == "postgresql":
        request.getfixturevalue("postgres_server").shared()
    else:
        reset_sqlite(Path(str(shared_engine.url.database)), reuse_ids=True)
    return shared_engine


@pytest.fixture
def jobs(engine: Engine, tmp_path: Path) -> JobStore:
    return JobStore(engine, tmp_path / "spool")


@pytest.fixture
def stores(engine: Engine, tmp_path: Path) -> Stores:
    return open_stores(engine, tmp_path)
