"""Several workers share the places: one takes no more than its own share of them."""

from __future__ import annotations

from bot.domain.models import Job
from bot.store.queue.jobs import JobStore
from tests.support.store.requests import TOLD, add


async def claim(jobs: JobStore, worker: str, *, held: int = 0, own: int = 2) -> list[Job]:
    return await jobs.claim(worker, capacity=5, own=own, held=held, now=1, lease=60)


async def test_a_worker_takes_no_more_than_its_own_share(jobs: JobStore) -> None:
    for user in range(6):
        await add(jobs, user=user)
    assert [job.id for job in await claim(jobs, "one")] == [1, 2]
    assert await claim(jobs, "one", held=2) == []
    assert [job.id for job in await claim(jobs, "one", held=1)] == [3]
    assert [job.id for job in await claim(jobs, "two")] == [4, 5]
    assert await claim(jobs, "three") == []


async def test_a_job_larger_than_the_share_gets_it_alone_wherever_it_is_taken(jobs: JobStore) -> None:
    await add(jobs, user=1, amount=4)
    await add(jobs, user=2)
    assert await claim(jobs, "one", held=1) == []
    (job,) = await claim(jobs, "one")
    assert (job.id, job.abreast) == (1, 2)
    assert [job.id for job in await claim(jobs, "two", own=3)] == [2]
    await jobs.finish(job, "one", TOLD, now=2)


async def test_a_share_larger_than_all_places_is_all_places(jobs: JobStore) -> None:
    await add(jobs, user=1, amount=4)
    (job,) = await jobs.claim("one", capacity=3, own=99, now=1, lease=60)
    assert job.abreast == 3
