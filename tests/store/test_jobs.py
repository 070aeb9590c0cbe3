"""The queue: every step is exact, fenced and survives whoever held it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from itertools import count
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.errors import OperatorError
from bot.models import Draft, ImageRequest, Job, Picture, ReplyTo, Requester
from bot.store.engine import open_engine
from bot.store.jobs import JobStore

_numbers = count(1)


@pytest.fixture
async def jobs(tmp_path: Path) -> AsyncGenerator[JobStore]:
    async with open_engine(f"sqlite+aiosqlite:///{tmp_path / 'new' / 'jobs.db'}") as engine:
        yield JobStore(engine, tmp_path / "spool")


def reply_to(interaction_id: int | None = None) -> ReplyTo:
    return ReplyTo(
        interaction_id=interaction_id or next(_numbers),
        application_id=1,
        token="token",
        message_id=7,
        ephemeral=False,
        expires_at=900.0,
    )


async def add(jobs: JobStore, user: int = 1, amount: int = 1, now: float = 0.0) -> Job:
    draft = Draft(kind="imagine", request=ImageRequest(prompt="a fox"), count=amount)
    requester = Requester(
        user_id=user, channel_id=2, guild_id=3, locale="zh-CN", guild_locale="en-US", upload_limit=10
    )
    job = await jobs.add(draft, requester, reply_to(), now=now, deadline=now + 3600)
    assert job is not None
    return job


async def test_what_goes_in_comes_out(jobs: JobStore) -> None:
    draft = Draft(
        kind="remix",
        request=ImageRequest(prompt="a 狐狸", ratio="21:9", size="4K", model="m", reference="https://x/y"),
        count=3,
        source="https://discord.com/channels/1/2/3",
        spoiler=True,
    )
    requester = Requester(
        user_id=1, channel_id=2, guild_id=None, locale="de", guild_locale=None, upload_limit=9
    )
    to = reply_to()
    job = await jobs.add(draft, requester, to, now=5.0, deadline=9.0)
    assert job is not None
    assert await jobs.get(job.id) == job
    assert (job.draft, job.requester, job.reply_to) == (draft, requester, to)
    assert (job.state, job.created_at, job.deadline, job.attempts) == ("waiting", 5.0, 9.0, 0)


async def test_the_same_interaction_is_accepted_once(jobs: JobStore) -> None:
    job = await add(jobs)
    assert await jobs.add(job.draft, job.requester, reply_to(next(_numbers)), now=0, deadline=1) is not None
    again = reply_to(job.reply_to.interaction_id if job.reply_to else 0)
    assert await jobs.add(job.draft, job.requester, again, now=0, deadline=1) is None


async def test_a_claim_takes_no_more_than_fits(jobs: JobStore) -> None:
    for amount in (2, 2, 1):
        await add(jobs, amount=amount)
    assert [job.id for job in await jobs.claim("w", capacity=4, now=1, lease=60)] == [1, 2]
    assert await jobs.claim("w", capacity=4, now=1, lease=60) == []


async def test_a_job_larger_than_the_capacity_gets_it_alone(jobs: JobStore) -> None:
    await add(jobs, amount=4)
    await add(jobs, amount=1)
    assert [job.id for job in await jobs.claim("w", capacity=2, now=1, lease=60)] == [1]


async def test_members_take_turns_even_where_only_one_runs_at_a_time(jobs: JobStore) -> None:
    for user in (1, 1, 1, 2, 2, 3):
        await add(jobs, user=user)
    order: list[int] = []
    for now in range(1, 7):
        (job,) = await jobs.claim("w", capacity=1, now=now, lease=60)
        order.append(job.requester.user_id)
        await jobs.finish(job, "w", now=now, channel_id=1, message_id=1)
    assert order == [1, 2, 3, 1, 2, 1]


async def test_a_place_in_line_counts_whoever_comes_first(jobs: JobStore) -> None:
    for user in (1, 1, 2):
        await add(jobs, user=user, amount=2)
    places = [await jobs.ahead(number, capacity=4, now=1) for number in (1, 2, 3)]
    assert places == [(0, 0), (2, 4), (1, 2)]
    await jobs.claim("w", capacity=2, now=1, lease=60)
    assert await jobs.ahead(1, capacity=4, now=1) is None


async def test_a_job_waits_for_its_time(jobs: JobStore) -> None:
    await add(jobs)
    (job,) = await jobs.claim("w", capacity=1, now=1, lease=60)
    assert await jobs.retry(job, "w", run_at=10)
    assert await jobs.claim("w", capacity=1, now=9, lease=60) == []
    assert await jobs.next_run_at() == 10
    (again,) = await jobs.claim("w", capacity=1, now=10, lease=60)
    assert again.attempts == 2


async def test_a_dead_workers_job_is_taken_over_and_it_may_not_finish_it(
    jobs: JobStore, tmp_path: Path
) -> None:
    await add(jobs)
    (job,) = await jobs.claim("dead", capacity=1, now=0, lease=60)
    assert await jobs.take_over(now=59) == 0
    assert await jobs.take_over(now=61) == 1
    (again,) = await jobs.claim("alive", capacity=1, now=61, lease=120)
    picture = Picture(path=tmp_path / "spool" / "1" / "a.png", format="png", width=1, height=1)
    assert not await jobs.drawn(job, "dead", [picture], now=62)
    assert not await jobs.failed(job, "dead", "busy", {})
    assert await jobs.renew([job.id], "dead", 200) == set()
    assert await jobs.drawn(again, "alive", [picture], now=62)


async def test_a_drawn_job_is_told_but_not_drawn_again_by_whoever_comes_next(
    jobs: JobStore, tmp_path: Path
) -> None:
    await add(jobs)
    (job,) = await jobs.claim("dead", capacity=1, now=0, lease=60)
    picture = Picture(path=tmp_path / "spool" / "1" / "a.png", format="png", width=1, height=1)
    await jobs.drawn(job, "dead", [picture], now=5)
    await jobs.release()
    assert await jobs.take_over(now=6) == 0
    (untold,) = await jobs.claim_untold("alive", now=6, lease=60)
    assert untold.pictures == (picture,)
    assert await jobs.finish(untold, "alive", now=7, channel_id=8, message_id=9)
    done = await jobs.get(job.id)
    assert done is not None and done.state == "done" and done.reply_to is None
    assert (done.requester.channel_id, done.message_id) == (8, 9)


async def test_a_failure_keeps_its_facts(jobs: JobStore) -> None:
    await add(jobs)
    (job,) = await jobs.claim("w", capacity=1, now=0, lease=60)
    assert await jobs.failed(job, "w", "reference-unusable", {"problem": "too-big"})
    (untold,) = await jobs.claim_untold("w", now=61, lease=99)
    assert (untold.problem, untold.facts) == ("reference-unusable", {"problem": "too-big"})


async def test_only_open_jobs_can_be_cancelled(jobs: JobStore) -> None:
    await add(jobs)
    cancelled = await jobs.cancel(1, now=1)
    assert cancelled is not None and cancelled.reply_to is None
    assert await jobs.cancel(1, now=2) is None
    assert await jobs.claim("w", capacity=9, now=3, lease=60) == []


async def test_the_usual_duration_is_the_median_of_recent_ones(jobs: JobStore) -> None:
    assert await jobs.usual_duration("2K") > 0
    for seconds in (5, 100, 7):
        await add(jobs)
        (job,) = await jobs.claim("w", capacity=1, now=0, lease=60)
        await jobs.drawn(job, "w", [], now=seconds)
        await jobs.finish(job, "w", now=seconds, channel_id=1, message_id=1)
    assert await jobs.usual_duration("2K") == 7


async def test_accepted_jobs_outlive_the_connection(tmp_path: Path) -> None:
    url = f"sqlite+aiosqlite:///{tmp_path / 'jobs.db'}"
    async with open_engine(url) as engine:
        await add(JobStore(engine, tmp_path))
    async with open_engine(url) as engine:
        assert await JobStore(engine, tmp_path).open_ids() == {1}


async def test_a_database_that_cannot_be_opened_is_the_operators_problem(tmp_path: Path) -> None:
    (tmp_path / "jobs.db").write_text("this is no database" * 100)
    with pytest.raises(OperatorError) as caught:
        async with open_engine(f"sqlite+aiosqlite:///{tmp_path / 'jobs.db'}"):
            pass
    assert "can't be opened" in caught.value.detail


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    arrivals=st.lists(st.tuples(st.integers(1, 4), st.integers(1, 4)), min_size=1, max_size=14),
    capacity=st.integers(1, 6),
)
def test_any_queue_is_emptied_within_the_limit(
    tmp_path_factory: pytest.TempPathFactory, arrivals: list[tuple[int, int]], capacity: int
) -> None:
    async def empty() -> None:
        folder = tmp_path_factory.mktemp("queue")
        async with open_engine(f"sqlite+aiosqlite:///{folder / 'jobs.db'}") as engine:
            jobs = JobStore(engine, folder)
            for user, amount in arrivals:
                await add(jobs, user=user, amount=amount)
            running: list[Job] = []
            for now in range(1, 100):
                running += await jobs.claim("w", capacity=capacity, now=now, lease=999)
                assert sum(min(job.draft.count, capacity) for job in running) <= capacity
                if not running:
                    break
                await jobs.finish(running.pop(0), "w", now=now, channel_id=1, message_id=1)
            assert await jobs.open_ids() == set()

    asyncio.run(empty())
