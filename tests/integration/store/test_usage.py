"""Quotas: exact however many ask at once, given back by themselves, and past them a lane of its own."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from pathlib import Path

import pytest
from sqlalchemy import insert
from sqlalchemy.ext.asyncio import AsyncEngine

from bot.domain.errors import RuleBroken
from bot.domain.models import Draft, ImageRequest, Job, Picture, Quota, Requester
from bot.store.db.engine import open_engine
from bot.store.db.tables import pauses, spent
from bot.store.queue.jobs import JobStore
from bot.store.queue.limits import Limits
from tests.support.store.requests import TOLD, numbers, reply_to

SPOOL = Path("spool")
TODAY = Quota(allowed=5, since=0, until=86_400)
RELAXED = Quota(allowed=1, since=0, until=86_400, past="relaxed")


@pytest.fixture
async def engine(database_url: str) -> AsyncGenerator[AsyncEngine]:
    async with open_engine(database_url) as engine:
        yield engine


@pytest.fixture
def jobs(engine: AsyncEngine) -> JobStore:
    return JobStore(engine, SPOOL, Limits(member_waiting=1000, member_running=100))


async def ask(
    jobs: JobStore,
    *,
    user: int = 1,
    guild: int | None = 3,
    count: int = 1,
    now: float = 10.0,
    quota: Quota | None = TODAY,
) -> Job:
    draft = Draft(kind="imagine", request=ImageRequest(prompt="a fox"), count=count)
    requester = Requester(
        user_id=user, channel_id=2, guild_id=guild, locale="en", guild_locale=None, upload_limit=10
    )
    job = await jobs.add(draft, requester, reply_to(next(numbers)), now=now, deadline=now + 1, quota=quota)
    assert job is not None
    return job


async def settle(jobs: JobStore, *, pictures: int = 0, problem: str | None = None, now: float = 11.0) -> None:
    """End the one job that waits."""
    (job,) = await jobs.claim("w", capacity=9, now=now, lease=now + 60)
    drawn = Picture(path=SPOOL / "1.png", format="png", width=1, height=1)
    if pictures:
        await jobs.drawn(job, "w", [drawn] * pictures, now=12, problem=problem)
    else:
        await jobs.failed(job, "w", problem or "unexpected", {})
    await jobs.finish(job, "w", TOLD, now=13)


async def test_fifty_presses_at_once_get_exactly_what_is_left(jobs: JobStore) -> None:
    outcomes = await asyncio.gather(*(ask(jobs) for _ in range(50)), return_exceptions=True)
    assert sum(isinstance(outcome, Job) for outcome in outcomes) == 5
    refused = [outcome for outcome in outcomes if isinstance(outcome, RuleBroken)]
    assert {error.rule for error in refused} == {"quota"} and len(refused) == 45
    assert refused[0].facts == {"rule": "quota", "count": 0, "allowed": 5, "until": 86_400}


async def test_fifty_presses_over_two_connections_get_exactly_what_is_left(postgres_url: str) -> None:
    async with open_engine(postgres_url) as one, open_engine(postgres_url) as two:
        stores = [JobStore(engine, Path(), Limits(member_waiting=99)) for engine in (one, two)]
        asked = (ask(store) for store in stores for _ in range(25))
        outcomes = await asyncio.gather(*asked, return_exceptions=True)
    assert sum(isinstance(outcome, Job) for outcome in outcomes) == 5


@pytest.mark.parametrize("problem", ["prompt-blocked", "busy"])
async def test_what_fails_is_given_back(jobs: JobStore, problem: str) -> None:
    await ask(jobs, count=4)
    await settle(jobs, problem=problem)
    await ask(jobs, count=4)


async def test_what_is_cancelled_is_given_back(jobs: JobStore) -> None:
    job = await ask(jobs, count=4)
    await jobs.cancel(job.id, now=11)
    await ask(jobs, count=4)


async def test_a_partial_result_costs_what_it_gave(jobs: JobStore) -> None:
    await ask(jobs, count=4)
    await settle(jobs, pictures=3, problem="result-blocked")
    await ask(jobs, count=2)
    with pytest.raises(RuleBroken):
        await ask(jobs)


async def test_a_request_for_more_than_is_left_says_how_much_that_is(jobs: JobStore) -> None:
    await ask(jobs, count=3)
    with pytest.raises(RuleBroken) as caught:
        await ask(jobs, count=3)
    assert caught.value.facts["count"] == 2


async def test_a_quota_is_a_servers_a_members_and_a_days(jobs: JobStore) -> None:
    await ask(jobs, count=4)
    await ask(jobs, count=4, guild=4)
    await ask(jobs, count=4, user=2)
    tomorrow = Quota(allowed=5, since=86_400, until=2 * 86_400)
    await ask(jobs, count=4, now=86_401, quota=tomorrow)


async def test_deleted_requests_of_today_still_count(jobs: JobStore, engine: AsyncEngine) -> None:
    async with engine.begin() as connection:
        for until, pictures in ((86_400, 3), (5, 4)):
            row = {"user_id": 1, "guild_id": 3, "until": until, "pictures": pictures}
            await connection.execute(insert(spent).values(row))
    await ask(jobs, count=2)
    with pytest.raises(RuleBroken):
        await ask(jobs)


async def test_past_the_quota_a_request_is_drawn_when_nobody_else_waits(jobs: JobStore) -> None:
    relaxed = [(await ask(jobs, quota=RELAXED)).relaxed for _ in range(3)]
    assert relaxed == [False, True, True]
    await ask(jobs, user=2, quota=None)
    later = await ask(jobs, user=3, quota=RELAXED, count=2)
    assert later.relaxed
    last = await ask(jobs, user=2, quota=None)
    order: list[int] = []
    for now in range(11, 17):
        (job,) = await jobs.claim("w", capacity=1, now=now, lease=60)
        order.append(job.id)
        await jobs.finish(job, "w", TOLD, now=now)
    assert order == [1, 4, last.id, 2, later.id, 3]


async def test_what_is_asked_for_past_a_quota_takes_nothing_that_is_given_back_to_it(jobs: JobStore) -> None:
    first = await ask(jobs, quota=RELAXED)
    assert (await ask(jobs, count=4, quota=RELAXED)).relaxed
    await jobs.cancel(first.id, now=11)
    assert not (await ask(jobs, quota=RELAXED)).relaxed
    assert (await ask(jobs, quota=RELAXED)).relaxed


async def test_a_cancelled_turn_is_given_back_within_its_lane(jobs: JobStore) -> None:
    first = await ask(jobs, quota=RELAXED)
    await ask(jobs, quota=RELAXED)
    await jobs.cancel(first.id, now=11)
    normal = await ask(jobs, user=2, quota=None)
    claimed = await jobs.claim("w", capacity=1, now=12, lease=60)
    assert [job.id for job in claimed] == [normal.id]


async def test_five_refusals_in_an_hour_cool_a_member_down_until_the_first_is_an_hour_old(
    jobs: JobStore,
) -> None:
    for at in range(5):
        await ask(jobs, now=float(at), quota=None)
        await settle(jobs, problem="prompt-blocked" if at % 2 else "reference-blocked", now=float(at))
    with pytest.raises(RuleBroken) as caught:
        await ask(jobs, now=3599.0, guild=None, quota=None)
    assert (caught.value.rule, caught.value.facts["until"]) == ("cooling-down", 3600)
    await ask(jobs, user=2, now=3599.0, quota=None)
    await ask(jobs, now=3601.0, quota=None)


async def test_results_that_were_stopped_by_chance_are_no_strikes(jobs: JobStore) -> None:
    for at in range(6):
        await ask(jobs, now=float(at), quota=None)
        await settle(jobs, problem="result-blocked")


async def test_a_refusal_counts_from_when_it_came_however_long_the_request_waited(jobs: JobStore) -> None:
    for _ in range(5):
        await ask(jobs, now=1.0, quota=None)
        await settle(jobs, problem="prompt-blocked", now=3000.0)
    with pytest.raises(RuleBroken) as caught:
        await ask(jobs, now=6599.0, quota=None)
    assert caught.value.facts["until"] == 6600
    await ask(jobs, now=6600.0, quota=None)


async def test_a_prompt_that_gave_pictures_is_no_strike_for_those_that_are_missing(jobs: JobStore) -> None:
    for _ in range(6):
        await ask(jobs, count=2, quota=None)
        await settle(jobs, pictures=1, problem="blocked")


async def test_a_paused_member_is_told_until_when(jobs: JobStore, engine: AsyncEngine) -> None:
    async with engine.begin() as connection:
        await connection.execute(insert(pauses).values(guild_id=3, user_id=1, until=100.0, by_id=9))
    with pytest.raises(RuleBroken) as caught:
        await ask(jobs, quota=None)
    assert (caught.value.rule, caught.value.facts["until"]) == ("member-paused", 100)
    await ask(jobs, guild=4, quota=None)
    await ask(jobs, now=100.0, quota=None)
