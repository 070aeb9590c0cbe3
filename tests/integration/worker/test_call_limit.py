"""A runner keeps to the calls a minute: every picture counts once, generated at once or later."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from pathlib import Path

import pytest
from sqlalchemy import Engine

from bot.domain.errors import RelayUnavailable
from bot.domain.models import Job
from bot.pictures.originals import open_originals
from bot.store.db.engine import open_engine
from bot.store.personal_data import PersonalDataStore
from bot.store.queue.jobs import JobStore
from bot.store.queue.limits import Limits
from bot.store.queue.services.call_rate import count_calls
from bot.store.queue.services.relay_state import RelayState
from tests.support.databases import new_sqlite
from tests.support.runner_harness import RunnerHarness, until


@pytest.fixture
async def engine(tmp_path: Path) -> AsyncGenerator[Engine]:
    async with open_engine(new_sqlite(tmp_path / "jobs.db"), durable=False) as engine:
        yield engine


@pytest.fixture
def harness(engine: Engine, tmp_path: Path) -> RunnerHarness:
    spool = tmp_path / "spool"
    return RunnerHarness(
        JobStore(engine, spool, Limits(calls_a_minute=8)),
        spool,
        open_originals((tmp_path / "originals").as_uri()),
        RelayState(engine, capacity=4),
        PersonalDataStore(engine),
    )


async def calls(engine: Engine, harness: RunnerHarness) -> int:
    with engine.connect() as connection:
        return count_calls(connection, now=harness.now).total


async def test_a_job_of_four_pictures_counts_four_calls_from_its_claim_to_its_answer(
    engine: Engine, harness: RunnerHarness
) -> None:
    harness.runner = harness.new_runner("narrow", capacity=2)
    harness.relay.gate = asyncio.Event()
    await harness.submit(count=4)
    harness.runner.pump()
    for begun in (2, 4):
        await until(lambda begun=begun: harness.relay.calls == begun)
        assert await calls(engine, harness) == 4
        if begun == 2:
            harness.relay.open_gate()
            harness.relay.gate = asyncio.Event()
    harness.relay.open_gate()
    await harness.wait_until_idle()
    assert await calls(engine, harness) == 4


async def test_a_retry_counts_only_the_pictures_that_are_missing(
    engine: Engine, harness: RunnerHarness
) -> None:
    harness.relay.script = [None, None, None, RelayUnavailable()]
    await harness.submit(count=4)
    await harness.run_until_idle()
    harness.now += 600
    harness.relay.gate = asyncio.Event()
    harness.runner.pump()
    await until(lambda: harness.relay.calls == 5)
    assert await calls(engine, harness) == 1
    harness.relay.open_gate()
    await harness.wait_until_idle()


async def test_a_cancelled_job_begins_no_more_calls(engine: Engine, harness: RunnerHarness) -> None:
    harness.runner = harness.new_runner("narrow", capacity=1)
    harness.relay.gate = asyncio.Event()
    job: Job = await harness.submit(count=4)
    harness.runner.pump()
    await until(lambda: harness.relay.calls == 1)
    await harness.jobs.cancel(job.id, now=harness.now)
    harness.relay.open_gate()
    await harness.wait_until_idle()
    assert harness.relay.calls == await calls(engine, harness) == 1
