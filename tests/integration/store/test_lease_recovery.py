"""Jobs whose worker went away: back in line, until it is likely that they are why."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.domain.models import Job
from bot.store.queue.jobs import JobStore
from bot.store.queue.lease_recovery import MOST_LOST
from tests.support.store.requests import add


async def lose(jobs: JobStore, *, now: float) -> Job:
    """Let a worker take the job and be lost, and see what became of it."""
    (job,) = await jobs.claim("lost", capacity=1, now=now, lease=now + 60)
    assert await jobs.take_over(now=now + 61) == 1
    return await found(jobs, job.id)


async def found(jobs: JobStore, job_id: int) -> Job:
    job = await jobs.get(job_id)
    assert job is not None
    return job


async def test_a_job_that_one_worker_after_the_other_is_lost_over_ends_as_an_apology(
    jobs: JobStore, caplog: pytest.LogCaptureFixture
) -> None:
    await add(jobs)
    states = [(await lose(jobs, now=turn * 100)).state for turn in range(MOST_LOST)]
    assert states == [*["waiting"] * (MOST_LOST - 1), "failed"]
    assert await jobs.claim("next", capacity=1, now=500, lease=560) == []
    (untold,) = await jobs.claim_untold("next", now=500, lease=560)
    assert untold.problem == "unexpected"
    assert [record.message.partition(":")[0] for record in caplog.records if record.levelname == "ERROR"] == [
        f"job {untold.id}"
    ]


async def test_only_workers_lost_one_after_the_other_count(jobs: JobStore) -> None:
    await add(jobs)
    for turn in range(MOST_LOST - 1):
        await lose(jobs, now=turn * 100)
    (job,) = await jobs.claim("w", capacity=1, now=500, lease=560)
    await jobs.retry(job, "w", run_at=501)
    assert (await lose(jobs, now=600)).state == "waiting"


async def test_a_worker_that_ends_in_good_order_is_not_lost(jobs: JobStore) -> None:
    await add(jobs)
    for turn in range(MOST_LOST):
        (job,) = await jobs.claim("w", capacity=1, now=turn, lease=60)
        await jobs.give_back("w")
        assert (await found(jobs, job.id)).state == "waiting"
    assert (await lose(jobs, now=100)).state == "waiting"


async def test_what_is_drawn_stays_drawn_however_many_are_lost(jobs: JobStore, tmp_path: Path) -> None:
    await add(jobs)
    (job,) = await jobs.claim("lost", capacity=1, now=0, lease=60)
    await jobs.drawn(job, "lost", [], now=5)
    for turn in range(2 * MOST_LOST):
        assert await jobs.take_over(now=100 + turn * 100) == 0
        assert await jobs.claim_untold("lost", now=100 + turn * 100, lease=160 + turn * 100)
    assert (await found(jobs, job.id)).state == "drawn"
