"""Processes that share a database go by its clock, whatever their machine's says."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from sqlalchemy import Engine

from bot.store.db.clock import latest_time, synchronized_clock
from bot.store.db.engine import open_engine
from bot.store.db.schema.inspection import inspect_database
from bot.store.queue.jobs import JobStore
from tests.support.databases import new_sqlite
from tests.support.store.requests import add


@pytest.mark.parametrize("skew", [-30.0, 0.0, 45.0])
async def test_a_skewed_clock_is_corrected_and_reported_if_it_is_far_off(
    postgres_url: str, skew: float, caplog: pytest.LogCaptureFixture
) -> None:
    async with (
        open_engine(postgres_url) as engine,
        synchronized_clock(engine, lambda: time.time() + skew) as clock,
    ):
        assert clock() == pytest.approx(time.time(), abs=10)
    warnings = [record.message for record in caplog.records if "clock" in record.message]
    assert len(warnings) == (skew != 0)
    assert all(("behind" if skew < 0 else "ahead of") in warning for warning in warnings)


async def test_sqlite_is_one_machines_and_keeps_its_clock(tmp_path: Path) -> None:
    def local() -> float:
        return 1.0

    url = new_sqlite(tmp_path / "jobs.db")
    async with open_engine(url, durable=False) as engine, synchronized_clock(engine, local) as clock:
        assert clock is local


async def test_the_doctor_names_a_clock_that_is_far_off(
    postgres_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "clock" not in await inspect_database(postgres_url)
    now = time.time
    monkeypatch.setattr(time, "time", lambda: now() - 30)
    assert "this machine's clock is 30" in await inspect_database(postgres_url)


async def test_a_single_process_continues_from_its_newest_request_and_several_go_by_the_databases_clock(
    engine: Engine, jobs: JobStore
) -> None:
    await add(jobs, user=1, now=2000.0)
    await add(jobs, user=1, now=1000.0)
    assert await latest_time(engine) == (2000.0 if engine.dialect.name == "sqlite" else 0.0)
