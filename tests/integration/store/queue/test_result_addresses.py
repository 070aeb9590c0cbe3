"""Addresses of paid pictures stay with their job: for the worker that has it, and no longer than needed."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import Engine, select

from bot.domain.models import Job, ResultAddress
from bot.store.db.tables import jobs as table
from bot.store.queue.jobs import JobStore
from bot.store.queue.result_addresses import RETENTION, JobResultAddresses
from bot.store.transfer.backup import back_up
from tests.support.store.requests import DELIVERED, add

URL = "https://pictures.example/result?signature=s1gned"
SPOOL = Path("/spool")


@pytest.fixture
def jobs(engine: Engine) -> JobStore:
    return JobStore(engine, SPOOL)


def addresses(engine: Engine, worker: str, now: float = 101) -> JobResultAddresses:
    return JobResultAddresses(engine, SPOOL, worker=worker, clock=lambda: now)


async def claimed(jobs: JobStore, worker: str = "one", *, at: float = 100) -> Job:
    (job,) = await jobs.claim(worker, capacity=9, now=at, lease=at + 60)
    return job


def folder_of(job: Job) -> Path:
    return SPOOL / str(job.id) / "model-2"


def stored(engine: Engine) -> list[str]:
    with engine.connect() as connection:
        found = connection.scalars(select(table.c.results)).all()
    return [one["url"] for each in found for one in each or ()]


async def url_of(kept: ResultAddress | None) -> str | None:
    return kept.url if kept else None


async def test_the_worker_that_takes_a_job_over_gets_the_address(engine: Engine, jobs: JobStore) -> None:
    await add(jobs, amount=2)
    job = await claimed(jobs)
    one, two = addresses(engine, "one"), addresses(engine, "two", 202)
    kept = await one.keep(folder_of(job), "m", URL)
    assert await two.take(folder_of(job), "m") is None
    await jobs.recover_expired_leases(now=200)
    await claimed(jobs, "two", at=201)
    # The first one was only suspended: what it does now changes nothing.
    await one.release(kept, done=True)
    assert await one.take(folder_of(job), "m") is None
    assert await two.take(folder_of(job), "other") is None
    taken = await two.take(folder_of(job), "m")
    assert await url_of(taken) == URL and taken is not None
    assert await two.take(folder_of(job), "m") is None
    await two.release(taken, done=True)
    assert stored(engine) == []


async def test_an_address_in_use_is_not_taken_by_another_picture_of_its_job(
    engine: Engine, jobs: JobStore
) -> None:
    await add(jobs, amount=2)
    job, one = await claimed(jobs), addresses(engine, "one")
    first = await one.keep(folder_of(job), None, URL)
    second = await one.keep(folder_of(job), None, f"{URL}2")
    assert stored(engine) == [URL, f"{URL}2"]
    assert await one.take(folder_of(job), None) is None
    await one.release(second, done=True)
    await one.release(first, done=False)
    assert await url_of(await one.take(folder_of(job), None)) == URL


@pytest.mark.parametrize("end", ["cancelled", "drawn", "failed"])
async def test_addresses_are_wiped_at_the_end_of_their_job(engine: Engine, jobs: JobStore, end: str) -> None:
    await add(jobs)
    job = await claimed(jobs)
    await addresses(engine, "one").keep(folder_of(job), None, URL)
    if end == "cancelled":
        await jobs.cancel(job.id, now=102)
    elif end == "drawn":
        await jobs.mark_drawn(job, "one", [], now=102)
    else:
        await jobs.mark_failed(job, "one", "unexpected", {})
    assert stored(engine) == []
    if end == "failed":
        assert await jobs.finish(job, "one", DELIVERED, now=103)


async def test_a_waiting_job_keeps_its_addresses_while_the_service_has_the_pictures(
    engine: Engine, jobs: JobStore
) -> None:
    await add(jobs)
    job = await claimed(jobs)
    await addresses(engine, "one").keep(folder_of(job), None, URL)
    await jobs.requeue(job, "one", run_at=102)
    await jobs.wipe_expired_results(now=100 + RETENTION)
    assert stored(engine) == [URL]
    later = addresses(engine, "one", 102 + RETENTION)
    await claimed(jobs, at=103)
    assert await later.take(folder_of(job), None) is None
    await jobs.wipe_expired_results(now=102 + RETENTION)
    assert stored(engine) == []


async def test_outside_of_jobs_nothing_is_stored(engine: Engine, tmp_path: Path) -> None:
    one = addresses(engine, "one")
    for folder in (tmp_path, SPOOL, SPOOL / "kept"):
        await one.release(await one.keep(folder, None, URL), done=False)
        assert await one.take(folder, None) is None


async def test_a_backup_has_no_addresses(engine: Engine, jobs: JobStore, tmp_path: Path) -> None:
    await add(jobs)
    job = await claimed(jobs)
    await addresses(engine, "one").keep(folder_of(job), None, URL)
    backup = tmp_path / "backup.db"
    await back_up(engine.url.render_as_string(hide_password=False), backup, now=102)
    with closing(sqlite3.connect(backup)) as database:
        assert database.execute("SELECT results FROM jobs").fetchall() == [(None,)]
    assert b"s1gned" not in backup.read_bytes()
