"""Members take turns, within their limits and those of the queue."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Engine

from bot.domain.errors import RuleBroken
from bot.domain.models import Job
from bot.store.db.engine import open_engine
from bot.store.queue.jobs import JobStore
from bot.store.queue.limits import Limits
from tests.support.property_testing import examples
from tests.support.store.requests import (
    DELIVERED,
    add,
    ahead,
)


async def test_members_take_turns_even_where_only_one_runs_at_a_time(jobs: JobStore) -> None:
    for user in (1, 1, 1, 2, 2, 3):
        await add(jobs, user=user)
    order: list[int] = []
    for now in range(1, 7):
        (job,) = await jobs.claim("w", capacity=1, now=now, lease=60)
        order.append(job.requester.user_id)
        await jobs.finish(job, "w", DELIVERED, now=now)
    assert order == [1, 2, 3, 1, 2, 1]


async def test_a_later_members_first_job_comes_before_anothers_second(jobs: JobStore) -> None:
    order: list[int] = []
    for _ in range(3):
        await add(jobs, user=1)
    for now in range(1, 6):
        (job,) = await jobs.claim("w", capacity=1, now=now, lease=60)
        order.append(job.requester.user_id)
        await jobs.finish(job, "w", DELIVERED, now=now)
        if now < 3:
            await add(jobs, user=1 + now)
    assert order == [1, 2, 3, 1, 1]


async def test_a_cancelled_job_releases_its_turn(jobs: JobStore, engine: Engine) -> None:
    for _ in range(3):
        await add(jobs, user=1)
    for user in (2, 2, 3):
        await add(jobs, user=user)
    await jobs.cancel(1, now=1)
    await jobs.cancel(2, now=1)
    assert await ahead(jobs, engine, 3, 4, 6, 5) == [(0, 0), (1, 1), (2, 2), (3, 3)]


async def test_a_member_runs_no_more_at_once_than_allowed_and_others_overtake(database_url: str) -> None:
    async with open_engine(database_url, durable=False) as engine:
        jobs = JobStore(engine, Path(), Limits(member_running=2))
        for user in (1, 1, 1, 1, 2):
            await add(jobs, user=user)
        claimed = await jobs.claim("w", capacity=9, now=1, lease=60)
        assert [job.id for job in claimed] == [1, 2, 5]
        assert await jobs.claim("w", capacity=9, now=1, lease=60) == []
        await jobs.finish(claimed[0], "w", DELIVERED, now=2)
        assert [job.id for job in await jobs.claim("w", capacity=9, now=2, lease=60)] == [3]


async def test_a_member_with_too_many_waiting_jobs_is_refused_until_one_is_done(database_url: str) -> None:
    async with open_engine(database_url, durable=False) as engine:
        jobs = JobStore(engine, Path(), Limits(member_waiting=2))
        first = await add(jobs)
        await add(jobs)
        with pytest.raises(RuleBroken) as caught:
            await add(jobs)
        assert (caught.value.rule, caught.value.facts["most"]) == ("too-many-waiting", 2)
        await add(jobs, user=2)
        assert first.reply_to is not None
        assert await jobs.add(first.draft, first.requester, first.reply_to, now=0, deadline=1) is None
        await jobs.claim("w", capacity=1, now=1, lease=60)
        await add(jobs)


async def test_a_full_queue_refuses_exactly_however_many_ask_at_once(database_url: str) -> None:
    async with open_engine(database_url, durable=False) as engine:
        jobs = JobStore(engine, Path(), Limits(queue_size=5))
        asked = (add(jobs, user=user) for user in range(12))
        outcomes = await asyncio.gather(*asked, return_exceptions=True)
        refused = [outcome for outcome in outcomes if isinstance(outcome, RuleBroken)]
        assert [error.rule for error in refused] == ["queue-full"] * 7
        assert len(await jobs.open_ids()) == 5


@pytest.mark.hypothesis
async def test_any_queue_drains_within_the_limits(engine: Engine) -> None:
    """The examples are collected first, as opening a database for each would take too long."""
    queues = st.lists(st.tuples(st.integers(1, 4), st.integers(1, 4)), min_size=1, max_size=10)
    collected: list[tuple[list[tuple[int, int]], int, int]] = []

    @examples(0.5)
    @given(queues, st.sampled_from([1, 2, 3, 6]), st.integers(1, 2))
    def collect(queue: list[tuple[int, int]], capacity: int, member_running: int) -> None:
        collected.append((queue, capacity, member_running))

    collect()
    for queue, capacity, member_running in collected:
        jobs = JobStore(engine, Path(), Limits(member_running=member_running))
        for user, amount in queue:
            await add(jobs, user=user, amount=amount)
        await empty(jobs, capacity, member_running)


async def empty(jobs: JobStore, capacity: int, member_running: int) -> None:
    running: list[Job] = []
    while await jobs.open_ids():
        running += await jobs.claim("w", capacity=capacity, now=1, lease=999)
        assert sum(min(job.draft.count, capacity) for job in running) <= capacity
        members = [job.requester.user_id for job in running]
        assert max(map(members.count, members)) <= member_running
        await jobs.finish(running.pop(0), "w", DELIVERED, now=1)
