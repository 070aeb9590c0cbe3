"""Each job's steps are recorded within the transactions that take them."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import Engine, select, update

from bot.domain.models import DeliveredMessage, Picture
from bot.store.db.tables import jobs as table
from bot.store.operator.reports import ReportStore
from bot.store.queue.jobs import JobStore
from tests.support.store.requests import add


async def steps_of(engine: Engine, job_id: int) -> list[list[str]]:
    job = await ReportStore(engine).job(job_id)
    assert job is not None
    return [line.split("\t")[1:] for line in (job.steps or "").splitlines()]


async def test_what_happens_to_a_job_is_listed_with_its_worker_and_errors(
    engine: Engine, jobs: JobStore, tmp_path: Path
) -> None:
    await add(jobs)
    (job,) = await jobs.claim("w1", capacity=9, now=5, lease=61)
    await jobs.requeue(job, "w1", run_at=6, error="relay-busy")
    (job,) = await jobs.claim("w2", capacity=9, now=7, lease=8)
    await jobs.recover_expired_leases(now=9)
    (job,) = await jobs.claim("w3", capacity=9, now=10, lease=61)
    picture = Picture(path=tmp_path / "spool" / "1.png", format="png", width=1, height=1)
    drawn = await jobs.mark_drawn(job, "w3", [picture], now=11)
    assert drawn is not None
    await jobs.finish(drawn, "w3", DeliveredMessage(channel_id=2, message_id=9), now=12)
    assert await steps_of(engine, job.id) == [
        ["running", "1 w1"],
        ["waiting", "relay-busy"],
        ["running", "2 w2"],
        ["waiting", "lost"],
        ["running", "3 w3"],
        ["drawn", "1"],
        ["done", ""],
    ]
    with engine.connect() as connection:
        steps = connection.scalar(select(table.c.steps)) or ""
    assert float(steps.split("\t")[0]) == 5


async def test_no_more_than_forty_steps_are_kept(engine: Engine, jobs: JobStore) -> None:
    await add(jobs)
    with engine.begin() as connection:
        for number in range(60):
            state = "waiting" if number % 2 else "failed"
            connection.execute(update(table).values(state=state, problem="busy"))
    assert len(await steps_of(engine, 1)) == 40


async def test_a_job_that_is_moved_to_another_model_says_so(engine: Engine, jobs: JobStore) -> None:
    await add(jobs)
    with engine.begin() as connection:
        connection.execute(update(table).values(model="other"))
    assert await steps_of(engine, 1) == [["model", "other"]]
