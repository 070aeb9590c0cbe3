"""Pictures on a card while others are drawn: stored with the job, and kept by a cancellation."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import Engine

from bot.domain.models import Job, Quota, ShownPicture
from bot.domain.requests.history_filter import HistoryFilter
from bot.store.queue.jobs import JobStore
from bot.store.queue.leases.card_leases import CardStore
from tests.support.store.requests import add
from tests.support.store.stores import Stores

FIRST, SECOND = (
    ShownPicture(
        number=number,
        attachment_id=10 + number,
        name=f"jimeng-1-{number}.png",
        format="png",
        width=2,
        height=3,
        reencoded=number == 2,
    )
    for number in (1, 2)
)
TODAY = Quota(allowed=99, since=0, until=86_400)


@pytest.fixture
def cards(engine: Engine, tmp_path: Path) -> CardStore:
    return CardStore(engine, tmp_path)


async def running(jobs: JobStore, now: float = 0) -> Job:
    await add(jobs, amount=4)
    (job,) = await jobs.claim("w", capacity=4, now=now, lease=60)
    return job


async def stored(jobs: JobStore, job: Job) -> Job:
    found = await jobs.get(job.id)
    assert found is not None
    return found


async def test_shown_pictures_are_read_back_and_outlive_a_retry(jobs: JobStore, cards: CardStore) -> None:
    job = await running(jobs)
    await cards.record_shown(job, [FIRST, SECOND])
    await jobs.requeue(job, "w", run_at=1)
    (again,) = await jobs.claim("v", capacity=4, now=1, lease=60)
    assert again.shown == (FIRST, SECOND)


async def test_a_worker_that_lost_the_job_records_nothing(jobs: JobStore, cards: CardStore) -> None:
    job = await running(jobs)
    await cards.record_shown(job, [FIRST, SECOND])
    await jobs.requeue(job, "w", run_at=1)
    await jobs.claim("v", capacity=4, now=1, lease=60)
    await cards.record_shown(job, [FIRST])
    assert (await stored(jobs, job)).shown == (FIRST, SECOND)


async def test_a_cancelled_job_has_the_pictures_that_its_card_shows(stores: Stores) -> None:
    jobs, cards = stores.jobs, CardStore(stores.engine, stores.folder)
    job = await running(jobs)
    await cards.record_shown(job, [FIRST])
    cancelled = await jobs.cancel(job.id, now=5)
    assert cancelled is not None
    assert [(each.format, each.width, each.height) for each in cancelled.pictures] == [("png", 2, 3)]
    await cards.record_shown(replace(job, state="running"), [FIRST, SECOND])
    assert len((await stored(jobs, job)).pictures) == 2
    assert await stores.history.quota_used(1, 3, TODAY, now=9) == 4


async def test_a_cancelled_job_with_pictures_is_a_result(stores: Stores) -> None:
    job = await running(stores.jobs)
    await CardStore(stores.engine, stores.folder).record_shown(job, [FIRST])
    await stores.jobs.cancel(job.id, now=5)
    empty = await running(stores.jobs)
    await stores.jobs.cancel(empty.id, now=6)
    mine = await stores.history.results(1, HistoryFilter(), page=0, size=4)
    assert [each.id for each in mine.jobs] == [job.id] and mine.total == 1
    theirs = await stores.history.public_results(1, 3, {2}, HistoryFilter(), page=0, size=4)
    assert [each.id for each in theirs.jobs] == [job.id]
    assert [each.id for each in await stores.history.suggestions(1, 2, search="", most=9)] == [job.id]
    assert (await stores.history.usage(1, day=0, month=0)).today == 1


async def test_only_the_shown_pictures_of_an_uncharged_cancelled_job_count(stores: Stores) -> None:
    job = await running(stores.jobs)
    await CardStore(stores.engine, stores.folder).record_shown(job, [FIRST])
    await stores.jobs.cancel(job.id, now=5, charge=False)
    assert await stores.history.quota_used(1, 3, TODAY, now=9) == 1
