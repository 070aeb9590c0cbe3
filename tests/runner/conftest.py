"""What the tests of the runner share."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from pathlib import Path

import pytest
from runner_bench import Bench

from bot.store.engine import open_engine
from bot.store.jobs import JobStore


@pytest.fixture
async def bench(tmp_path: Path) -> AsyncGenerator[Bench]:
    async with open_engine(f"sqlite+aiosqlite:///{tmp_path / 'jobs.db'}") as engine:
        spool = tmp_path / "spool"
        yield Bench(JobStore(engine, spool), spool)
