"""Jobs of lost workers: requeued, until they are likely to be the cause."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.domain.models import Job
from bot.store.queue.jobs import JobStore
from bot.store.queue.leases.lease_recovery import MAX_LOST_WORKERS
from tests.support.store.requests import add, claim_undelivered


async def lose_worker(jobs: JobStore, *, now: float) -> Job:
    """Let a worker claim the job and be lost; return the recovered job."""
    (job,) = await jobs.claim("lost", capacity=1, now=now, lease=now + 60)
    assert await jobs.recover_expired_leases(now=now + 61) == 1
    return await found(jobs, job.id)


async def found(jobs: JobStore, job_id: int) -> Job:
    job = await jobs.get(job_id)
    assert job is not None
    return job


async def test_a_job_fails_after_several_consecutive_workers_were_lost(
    jobs: JobStore, caplog: pytest.LogCaptureFixture
) -> None:
    await add(jobs)
    states = [(await lose_worker(jobs, now=turn * 100)).state for turn in range(MAX_LOST_WORKERS)]
    assert states == [*["waiting"] * (MAX_LOST_WORKERS - 1), "failed"]
    assert await jobs.claim("next", capacity=1, now=500, lease=560) == []
    (undelivered,) = await claim_undelivered(jobs, "next", now=500, lease=560)
    assert undelivered.problem == "unexpected"
    assert [record.message.partition(":")[0] for record in caplog.records if record.levelname == "ERROR"] == [
        f"job {undelivered.id}"
    ]


async def test_only_consecutive_lost_workers_count(jobs: JobStore) -> None:
    await add(jobs)
    for turn in range(MAX_LOST_WORKERS - 1):
        await lose_worker(jobs, now=turn * 100)
    (job,) = await jobs.claim("w", capacity=1, now=500, lease=560)
    await jobs.requeue(job, "w", run_at=501)
    assert (await lose_worker(jobs, now=600)).state == "waiting"


async def test_a_worker_that_stops_gracefully_is_not_lost(jobs: JobStore) -> None:
    await add(jobs)
    for turn in range(MAX_LOST_WORKERS):
        (job,) = await jobs.claim("w", capacity=1, now=turn, lease=60)
        await jobs.release_worker("w")
        assert (await found(jobs, job.id)).state == "waiting"
    assert (await lose_worker(jobs, now=100)).state == "waiting"


async def test_a_drawn_job_stays_drawn_however_many_workers_are_lost(jobs: JobStore, tmp_path: Path) -> None:
    await add(jobs)
    (job,) = await jobs.claim("lost", capacity=1, now=0, lease=60)
    await jobs.mark_drawn(job, "lost", [], now=5)
    for turn in range(2 * MAX_LOST_WORKERS):
        assert await jobs.recover_expired_leases(now=100 + turn * 100) == 0
        assert await claim_undelivered(jobs, "lost", now=100 + turn * 100, lease=160 + turn * 100)
    assert (await found(jobs, job.id)).state == "drawn"


async def test_a_job_taken_over_from_a_lost_worker_says_so(jobs: JobStore) -> None:
    await add(jobs)
    assert (await lose_worker(jobs, now=0)).recovered
    (job,) = await jobs.claim("next", capacity=1, now=100, lease=160)
    assert job.recovered
    await jobs.requeue(job, "next", run_at=101)
    assert not (await found(jobs, job.id)).recovered


async def test_an_outcome_taken_over_from_a_lost_worker_says_so(jobs: JobStore) -> None:
    await add(jobs)
    (job,) = await jobs.claim("lost", capacity=1, now=0, lease=60)
    assert await jobs.mark_failed(job, "lost", "prompt-blocked", {})
    await jobs.postpone(job, "lost", until=5)
    (own,) = await claim_undelivered(jobs, "lost", now=6, lease=66)
    assert not own.recovered
    (taken_over,) = await claim_undelivered(jobs, "next", now=67, lease=127)
    assert taken_over.recovered
