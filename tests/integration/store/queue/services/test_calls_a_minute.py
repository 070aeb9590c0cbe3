"""The limit of calls a minute is never exceeded, and no call waits longer than it must."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Connection, Engine, func, select

from bot.domain.models import Job
from bot.store.db.tables import jobs as job_table
from bot.store.db.tables import relay_calls
from bot.store.db.transactions import write
from bot.store.queue.jobs import JobStore
from bot.store.queue.limits import Limits
from bot.store.queue.services.call_rate import CALL_WINDOW
from tests.support.property_testing import examples
from tests.support.store.requests import DELIVERED, add, next_run_at

LIMIT = 5


def store(engine: Engine, calls: int | None = LIMIT) -> JobStore:
    return JobStore(engine, Path(), Limits(member_running=99, member_waiting=9999, calls_a_minute=calls))


async def claim(jobs: JobStore, now: float, capacity: int = 99) -> list[Job]:
    """Claim jobs, and begin the first calls of each at once."""
    claimed = await jobs.claim("w", capacity=capacity, now=now, lease=now + 9999)
    for job in claimed:
        await begin(jobs, job, now, calls=job.abreast)
    return claimed


async def begin(jobs: JobStore, job: Job, now: float, *, calls: int = 1) -> None:
    meter = jobs.call_meter("w", lambda: now)
    for _ in range(calls):
        assert await meter.begin(job, job.draft.request)


async def fill(jobs: JobStore, now: float) -> int:
    """Begin as many single calls as are allowed now, and return their number."""
    for user in range(100, 120):
        await add(jobs, user=user)
    return len(await claim(jobs, now))


async def test_no_more_than_the_limit_starts_in_a_minute_and_the_rest_in_the_next(
    engine: Engine,
) -> None:
    jobs = store(engine)
    for user in range(12):
        await add(jobs, user=user)
    assert [len(await claim(jobs, now)) for now in (100, 101, 159.9)] == [5, 0, 0]
    assert await next_run_at(jobs, now=101) == 100 + CALL_WINDOW
    assert [len(await claim(jobs, now)) for now in (100 + CALL_WINDOW, 162, 223)] == [5, 0, 2]


async def test_capacity_returns_as_calls_leave_the_window(engine: Engine) -> None:
    jobs = store(engine)
    for user in range(9):
        await add(jobs, user=user, now=100 + 10 * user)
    begun = [len(await claim(jobs, 100 + 10 * step)) for step in range(12)]
    assert begun == [1, 1, 1, 1, 1, 0, 0, 1, 1, 1, 1, 0]


async def test_all_pictures_of_a_job_must_fit_and_no_later_job_overtakes_it(engine: Engine) -> None:
    jobs = store(engine)
    for user, amount in enumerate((2, 4, 1)):
        await add(jobs, user=user, amount=amount)
    assert [job.id for job in await claim(jobs, 100)] == [1]
    assert await claim(jobs, 101) == []
    assert [job.id for job in await claim(jobs, 100 + CALL_WINDOW)] == [2, 3]


async def test_without_a_limit_no_calls_are_recorded(engine: Engine) -> None:
    jobs = store(engine, None)
    for user in range(12):
        await add(jobs, user=user)
    assert len(await claim(jobs, 100)) == 12
    assert await stored_calls(engine) == 0


async def test_old_calls_are_pruned(engine: Engine) -> None:
    jobs = store(engine)
    for step in range(20):
        await add(jobs, user=step)
        assert len(await claim(jobs, 100 * step)) == 1
    assert await stored_calls(engine) <= 3


async def test_calls_that_a_running_job_has_yet_to_begin_are_counted(engine: Engine) -> None:
    jobs = store(engine)
    for user, amount in enumerate((4, 2, 2)):
        await add(jobs, user=user, amount=amount)
    (large,) = await claim(jobs, 100, capacity=1)
    assert await claim(jobs, 100 + CALL_WINDOW, capacity=9) != []
    await begin(jobs, large, 100 + CALL_WINDOW, calls=3)
    await jobs.finish(large, "w", DELIVERED, now=200)
    assert await claim(jobs, 101 + CALL_WINDOW, capacity=9) == []
    assert [job.id for job in await claim(jobs, 100 + 2 * CALL_WINDOW, capacity=9)] == [3]


async def test_every_picture_of_a_job_counts_once_at_every_moment(engine: Engine) -> None:
    for begun in range(3):
        jobs = store(engine, 8)
        now = 1000.0 * (begun + 1)
        await add(jobs, amount=4)
        (job,) = await claim(jobs, now, capacity=2)
        await begin(jobs, job, now, calls=begun)
        assert await fill(jobs, now) == 4
        await clear(engine)


async def test_a_reserved_call_that_is_never_made_is_free_when_the_job_ends(engine: Engine) -> None:
    jobs = store(engine)
    await add(jobs, amount=4)
    (job,) = await claim(jobs, 100, capacity=2)
    assert await fill(jobs, 100) == 1
    await jobs.mark_failed(job, "w", "prompt-blocked", {})
    assert await fill(jobs, 100) == 2


async def test_pictures_that_are_there_already_take_no_calls(engine: Engine) -> None:
    jobs = store(engine)
    await add(jobs, amount=4)
    (job,) = await jobs.claim("w", capacity=2, now=100, lease=9999)
    assert await jobs.call_meter("w", lambda: 100).reserve(job, 1)
    assert await fill(jobs, 100) == 4


async def test_a_job_of_another_worker_begins_no_calls(engine: Engine) -> None:
    jobs = store(engine)
    await add(jobs)
    (job,) = await jobs.claim("w", capacity=2, now=100, lease=9999)
    assert not await jobs.call_meter("other", lambda: 100).begin(job, job.draft.request)
    await jobs.cancel(job.id, now=101)
    assert not await jobs.call_meter("w", lambda: 101).begin(job, job.draft.request)
    assert await stored_calls(engine) == 0


async def test_a_call_counts_from_when_it_is_recorded_not_from_when_that_was_requested(
    engine: Engine,
) -> None:
    jobs, now, released = store(engine), 100.0, threading.Event()
    await add(jobs)
    (job,) = await jobs.claim("w", capacity=2, now=now, lease=9999)

    def block(_: Connection) -> None:
        assert released.wait(30)

    async with asyncio.TaskGroup() as group:
        for _ in range(9):
            group.create_task(write(engine, block))
        group.create_task(jobs.call_meter("w", lambda: now).begin(job, job.draft.request))
        await asyncio.sleep(0)
        now = 107.0
        released.set()
    with engine.connect() as connection:
        assert connection.scalar(select(relay_calls.c.at)) == 107


@pytest.mark.hypothesis
async def test_no_minute_ever_holds_more_calls_than_the_limit(engine: Engine) -> None:
    """The examples are collected first, as opening a database for each would take too long."""
    steps = st.lists(
        st.tuples(st.floats(0, 30), st.integers(0, 2), st.integers(1, 4)), min_size=5, max_size=25
    )
    collected: list[tuple[list[tuple[float, int, int]], int]] = []

    @examples(0.3)
    @given(steps, st.sampled_from([1, 3, 99]))
    def collect(steps_: list[tuple[float, int, int]], capacity: int) -> None:
        collected.append((steps_, capacity))

    collect()
    jobs, now, begun = store(engine), 1000.0, list[float]()
    for steps_, capacity in collected:
        now = await play(jobs, steps_, capacity, now, begun)
    assert begun
    for first in begun:
        assert sum(first <= at <= first + 60 for at in begun) <= LIMIT


async def play(
    jobs: JobStore, steps_: Sequence[tuple[float, int, int]], capacity: int, now: float, begun: list[float]
) -> float:
    """Add and run jobs; pictures beyond a job's concurrency begin a while after the last."""
    running: list[tuple[Job, int]] = []
    for later, coming, amount in steps_:
        now += later
        for user in range(coming):
            await add(jobs, user=user, amount=amount, now=now)
        for job in await claim(jobs, now, capacity):
            begun += [now] * job.abreast
            running.append((job, job.draft.count - job.abreast))
        if not running:
            continue
        job, left = running.pop(0)
        if left:
            now += later
            await begin(jobs, job, now)
            begun.append(now)
            running.append((job, left - 1))
        else:
            await jobs.finish(job, "w", DELIVERED, now=now)
    for job, _ in running:
        await jobs.finish(job, "w", DELIVERED, now=now)
    return now


async def stored_calls(engine: Engine) -> int:
    with engine.connect() as connection:
        return connection.scalar(select(func.count()).select_from(relay_calls)) or 0


async def clear(engine: Engine) -> None:
    with engine.begin() as connection:
        connection.execute(job_table.delete())
        connection.execute(relay_calls.delete())
