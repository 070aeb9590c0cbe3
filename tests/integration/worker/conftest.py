"""What the tests of the runner share."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from pathlib import Path

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from bot.pictures.originals import Originals
from bot.store.db.engine import open_engine
from bot.store.personal_data import Records
from bot.store.queue.jobs import JobStore
from bot.store.queue.relay_state import Pool
from tests.support.databases import new_sqlite
from tests.support.runner_harness import Bench


@pytest.fixture
async def bench(tmp_path: Path) -> AsyncGenerator[Bench]:
    async with open_engine(new_sqlite(tmp_path / "jobs.db")) as engine:
        yield _bench(engine, tmp_path)


@pytest.fixture
async def shared_bench(postgres_url: str, tmp_path: Path) -> AsyncGenerator[Bench]:
    """A bench on a database that other processes may work on too."""
    async with open_engine(postgres_url) as engine:
        yield _bench(engine, tmp_path)


def _bench(engine: AsyncEngine, folder: Path) -> Bench:
    spool = folder / "spool"
    originals = Originals((folder / "originals").as_uri())
    return Bench(JobStore(engine, spool), spool, originals, Pool(engine, capacity=4), Records(engine))
