"""What processes know of the relay together: a busy one is asked less by all, a down one tried by one."""

from __future__ import annotations

import asyncio
import logging

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from bot.domain.models import Job
from bot.domain.relay_health import DOWN_PAUSES, RECOVERY
from bot.store.db.engine import open_engine
from bot.store.db.postgres import listening
from bot.store.queue.jobs import JobStore
from bot.store.queue.relay_state import Pool
from tests.support.store.requests import TOLD, add

CAPACITY = 8


async def claim(jobs: JobStore, now: float, worker: str = "w") -> list[Job]:
    return await jobs.claim(worker, capacity=CAPACITY, now=now, lease=now + 999)


async def finish(jobs: JobStore, claimed: list[Job]) -> None:
    for job in claimed:
        assert await jobs.finish(job, "w", TOLD, now=1)


@pytest.fixture
def pool(engine: AsyncEngine) -> Pool:
    return Pool(engine, capacity=CAPACITY)


async def test_a_busy_relay_is_left_alone_and_then_asked_half_as_much(jobs: JobStore, pool: Pool) -> None:
    for user in range(20):
        await add(jobs, user=user)
    await pool.busy(began=100, now=100, retry_after=30)
    assert await claim(jobs, 129.9) == []
    assert await jobs.next_run_at(now=101) == 130
    assert len(await claim(jobs, 130)) == CAPACITY // 2
    assert await claim(jobs, 130) == []


async def test_what_runs_when_the_relay_gets_busy_counts_until_it_is_done(jobs: JobStore, pool: Pool) -> None:
    for user in range(20):
        await add(jobs, user=user)
    running = await claim(jobs, 100)
    await pool.busy(began=100, now=100, retry_after=None)
    await finish(jobs, running[:4])
    assert await claim(jobs, 102) == []
    await finish(jobs, running[4:6])
    assert len(await claim(jobs, 102)) == 2


async def test_a_job_with_more_pictures_than_fit_runs_alone_one_after_the_other(
    jobs: JobStore, pool: Pool
) -> None:
    for step in range(3):
        await pool.busy(began=100 + step, now=100 + step, retry_after=None)
    for user in (1, 2):
        await add(jobs, user=user, amount=4)
    (job,) = await claim(jobs, 107)
    assert (job.abreast, job.draft.count) == (1, 4)
    assert await claim(jobs, 107) == []
    await finish(jobs, [job])
    (job,) = await claim(jobs, 102 + RECOVERY)
    assert job.abreast == 4


async def test_successes_and_time_bring_a_busy_relay_back(jobs: JobStore, pool: Pool) -> None:
    for user in range(40):
        await add(jobs, user=user)
    await pool.busy(began=100, now=100, retry_after=None)
    for _ in range(4):
        await pool.answered(now=101)
    fifth = await claim(jobs, 102)
    assert len(fifth) == 5
    await finish(jobs, fifth)
    assert len(await claim(jobs, 102 + RECOVERY / 2)) == CAPACITY


async def test_a_relay_that_is_down_is_tried_by_one_request_and_then_by_all(
    jobs: JobStore, pool: Pool
) -> None:
    for user in range(4):
        await add(jobs, user=user, amount=2)
    await down(pool, at=100)
    assert await claim(jobs, 104.9) == []
    assert await jobs.next_run_at(now=100) == 105
    (probe,) = await claim(jobs, 105, "one")
    assert await claim(jobs, 106, "two") == []
    health = await pool.failed(began=105, now=107)
    assert await jobs.retry(probe, "one", run_at=115, counts=False)
    assert health.down_until == 114
    assert await claim(jobs, 113.9) == []
    (probe,) = await claim(jobs, 114)
    assert (probe.id, probe.attempts) == (2, 1)
    await pool.answered(now=115)
    assert [job.id for job in await claim(jobs, 115)] == [1, 3, 4]


async def test_a_probe_that_is_cancelled_or_lost_makes_room_for_another(jobs: JobStore, pool: Pool) -> None:
    for user in range(3):
        await add(jobs, user=user)
    await down(pool, at=100)
    (first,) = await claim(jobs, 105, "dead")
    await jobs.cancel(first.id, now=106)
    (second,) = await claim(jobs, 106, "dead")
    await jobs.give_back("dead")
    assert [job.id for job in await claim(jobs, 107)] == [second.id]


async def test_a_probe_that_gets_no_answer_is_not_waited_for_too_long(jobs: JobStore, pool: Pool) -> None:
    for user in range(3):
        await add(jobs, user=user)
    await down(pool, at=100)
    (first,) = await claim(jobs, 105)
    assert await claim(jobs, 164.9) == []
    (second,) = await claim(jobs, 165.1)
    assert first.id != second.id


async def test_who_waited_past_the_deadline_for_a_relay_that_is_down_is_told(
    jobs: JobStore, pool: Pool
) -> None:
    await add(jobs, now=0)
    await add(jobs, now=3000)
    await down(pool, at=3590)
    for now in (3595, 3600, 3602):
        await pool.failed(began=now, now=now)
    assert await claim(jobs, 3599) == [] and await jobs.claim_untold("w", now=3599, lease=9999) == []
    assert await jobs.next_run_at(now=3599) == 3600
    assert await claim(jobs, 3600) == []
    (told,) = await jobs.claim_untold("w", now=3600, lease=9999)
    assert (told.id, told.state, told.problem) == (1, "failed", "down")
    assert await jobs.open_ids() == {1, 2}


async def test_a_try_that_does_not_count_leaves_as_many_as_before(jobs: JobStore) -> None:
    await add(jobs)
    for counts, attempts in ((True, 1), (False, 2), (True, 2), (True, 3)):
        (job,) = await claim(jobs, 1)
        assert job.attempts == attempts
        assert await jobs.retry(job, "w", run_at=1, counts=counts)


async def test_it_is_said_once_when_the_relay_goes_down_and_once_when_it_is_back(
    database_url: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    async with open_engine(database_url) as engine:
        pools = [Pool(engine, capacity=CAPACITY) for _ in range(2)]
        for now in (100.0, 106.0):
            await asyncio.gather(*(pool.failed(began=100, now=now) for pool in pools for _ in range(4)))
        assert [health.is_down for health in [await pool.health() for pool in pools]] == [True, True]
        await asyncio.gather(*(pool.answered(now=120) for pool in pools for _ in range(4)))
    said = [(r.levelname, r.message) for r in caplog.records if r.name == "bot.store.queue.relay_state"]
    assert said == [
        ("WARNING", "the relay is down: 9 calls failed in a row; requests wait"),
        ("INFO", "the relay is back after 14 s"),
    ]


async def test_every_process_hears_that_the_relay_is_back(postgres_url: str) -> None:
    async with open_engine(postgres_url) as engine, open_engine(postgres_url) as other:
        heard = asyncio.Event()
        async with listening(engine, {"work": lambda _: heard.set()}):
            await asyncio.wait_for(heard.wait(), 10)
            heard.clear()
            pool = Pool(other, capacity=CAPACITY)
            await down(pool, at=100)
            await pool.answered(now=101)
            await asyncio.wait_for(heard.wait(), 10)


async def down(pool: Pool, *, at: float) -> None:
    """Let calls fail until the relay is taken for down, at ``at``."""
    for now in (at - 9, at - 8, at):
        health = await pool.failed(began=now, now=now)
    assert health.down_since == at and health.down_until == at + DOWN_PAUSES[0]
