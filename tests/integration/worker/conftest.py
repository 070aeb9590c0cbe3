"""Fixtures of the runner's tests."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from pathlib import Path

import pytest
from sqlalchemy.engine import make_url

from bot.store.db.engine import connected_engine
from tests.support.databases import new_sqlite
from tests.support.runner_harness import RunnerHarness, harness_on


@pytest.fixture
async def harness(tmp_path: Path) -> AsyncGenerator[RunnerHarness]:
    async with connected_engine(make_url(new_sqlite(tmp_path / "jobs.db")), durable=False) as engine:
        yield harness_on(engine, tmp_path)


@pytest.fixture
async def shared_harness(postgres_url: str, tmp_path: Path) -> AsyncGenerator[RunnerHarness]:
    """A harness on a database that other processes can use, too."""
    async with connected_engine(make_url(postgres_url)) as engine:
        yield harness_on(engine, tmp_path)
