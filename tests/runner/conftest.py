"""What the tests of the runner share."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from pathlib import Path

import pytest
from runner_bench import Bench

from bot.pictures.originals import Originals
from bot.store.engine import open_engine
from bot.store.jobs import JobStore


@pytest.fixture
async def bench(tmp_path: Path) -> AsyncGenerator[Bench]:
    async with open_engine(f"sqlite+aiosqlite:///{tmp_path / 'jobs.db'}") as engine:
        spool = tmp_path / "spool"
        yield Bench(JobStore(engine, spool), spool, Originals((tmp_path / "originals").as_uri()))


@pytest.fixture
async def shared_bench(postgres_url: str, tmp_path: Path) -> AsyncGenerator[Bench]:
    """A bench on a database that other processes may work on too."""
    async with open_engine(postgres_url) as engine:
        spool = tmp_path / "spool"
        yield Bench(JobStore(engine, spool), spool, Originals((tmp_path / "originals").as_uri()))
