"""Each worker's own capacity within that of all workers."""

from __future__ import annotations

from bot.domain.models import Job
from bot.store.queue.jobs import JobStore
from tests.support.store.requests import DELIVERED, add


async def claim(jobs: JobStore, worker: str, *, load: int = 0, own: int = 2) -> list[Job]:
    return await jobs.claim(worker, capacity=5, worker_capacity=own, worker_load=load, now=1, lease=60)


async def test_a_worker_claims_no_more_than_its_own_capacity(jobs: JobStore) -> None:
    for user in range(6):
        await add(jobs, user=user)
    assert [job.id for job in await claim(jobs, "one")] == [1, 2]
    assert await claim(jobs, "one", load=2) == []
    assert [job.id for job in await claim(jobs, "one", load=1)] == [3]
    assert [job.id for job in await claim(jobs, "two")] == [4, 5]
    assert await claim(jobs, "three") == []


async def test_a_job_larger_than_a_workers_capacity_runs_alone_on_it(jobs: JobStore) -> None:
    await add(jobs, user=1, amount=4)
    await add(jobs, user=2)
    assert await claim(jobs, "one", load=1) == []
    (job,) = await claim(jobs, "one")
    assert (job.id, job.abreast) == (1, 2)
    assert [job.id for job in await claim(jobs, "two", own=3)] == [2]
    await jobs.finish(job, "one", DELIVERED, now=2)


async def test_a_workers_capacity_is_capped_by_that_of_all(jobs: JobStore) -> None:
    await add(jobs, user=1, amount=4)
    (job,) = await jobs.claim("one", capacity=3, worker_capacity=99, now=1, lease=60)
    assert job.abreast == 3
