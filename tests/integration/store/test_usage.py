"""Quotas are exact under concurrency, refunded automatically, with a relaxed lane; cooldowns and pauses."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from sqlalchemy import Engine, insert

from bot.domain.errors import RuleBroken
from bot.domain.models import Draft, ImageRequest, Job, Picture, Quota, Requester
from bot.store.db.engine import open_engine
from bot.store.db.tables import pauses, spent
from bot.store.queue.jobs import JobStore
from bot.store.queue.limits import Limits
from tests.support.store.requests import DELIVERED, interaction_ids, reply_to

SPOOL = Path("spool")
DAILY_QUOTA = Quota(allowed=5, since=0, until=86_400)
RELAXED = Quota(allowed=1, since=0, until=86_400, past="relaxed")


@pytest.fixture
def jobs(engine: Engine) -> JobStore:
    return JobStore(engine, SPOOL, Limits(member_waiting=1000, member_running=100))


async def submit(
    jobs: JobStore,
    *,
    user: int = 1,
    guild: int | None = 3,
    count: int = 1,
    now: float = 10.0,
    quota: Quota | None = DAILY_QUOTA,
    weight: int = 1,
) -> Job:
    draft = Draft(kind="imagine", request=ImageRequest(prompt="a fox"), count=count)
    requester = Requester(
        user_id=user, channel_id=2, guild_id=guild, locale="en", guild_locale=None, upload_limit=10
    )
    job = await jobs.add(
        draft,
        requester,
        reply_to(next(interaction_ids)),
        now=now,
        deadline=now + 1,
        quota=quota,
        weight=weight,
    )
    assert job is not None
    return job


async def finish_job(
    jobs: JobStore, *, pictures: int = 0, problem: str | None = None, now: float = 11.0
) -> None:
    """Run the only waiting job to its end."""
    (job,) = await jobs.claim("w", capacity=9, now=now, lease=now + 60)
    drawn = Picture(path=SPOOL / "1.png", format="png", width=1, height=1)
    if pictures:
        await jobs.mark_drawn(job, "w", [drawn] * pictures, now=12, problem=problem)
    else:
        await jobs.mark_failed(job, "w", problem or "unexpected", {})
    await jobs.finish(job, "w", DELIVERED, now=13)


async def test_fifty_concurrent_requests_get_exactly_the_quota(jobs: JobStore) -> None:
    outcomes = await asyncio.gather(*(submit(jobs) for _ in range(50)), return_exceptions=True)
    assert sum(isinstance(outcome, Job) for outcome in outcomes) == 5
    refused = [outcome for outcome in outcomes if isinstance(outcome, RuleBroken)]
    assert {error.rule for error in refused} == {"quota"} and len(refused) == 45
    assert refused[0].facts == {
        "rule": "quota",
        "count": 0,
        "allowed": 5,
        "asked": 1,
        "until": 86_400,
        "weight": 1,
    }


async def test_fifty_concurrent_requests_over_two_engines_get_exactly_the_quota(postgres_url: str) -> None:
    async with open_engine(postgres_url) as one, open_engine(postgres_url) as two:
        job_stores = [JobStore(engine, Path(), Limits(member_waiting=99)) for engine in (one, two)]
        asked = (submit(store) for store in job_stores for _ in range(25))
        outcomes = await asyncio.gather(*asked, return_exceptions=True)
    assert sum(isinstance(outcome, Job) for outcome in outcomes) == 5


@pytest.mark.parametrize("problem", ["prompt-blocked", "busy"])
async def test_failed_pictures_are_refunded(jobs: JobStore, problem: str) -> None:
    await submit(jobs, count=4)
    await finish_job(jobs, problem=problem)
    await submit(jobs, count=4)


async def test_cancelled_pictures_are_refunded(jobs: JobStore) -> None:
    job = await submit(jobs, count=4)
    await jobs.cancel(job.id, now=11)
    await submit(jobs, count=4)


async def test_pictures_cancelled_by_the_member_while_they_are_generated_count(jobs: JobStore) -> None:
    job = await submit(jobs, count=4)
    await jobs.claim("w", capacity=9, now=11, lease=60)
    await jobs.cancel(job.id, now=12)
    with pytest.raises(RuleBroken) as caught:
        await submit(jobs, count=2)
    assert caught.value.facts["count"] == 1


async def test_pictures_cancelled_by_a_moderator_are_refunded(jobs: JobStore) -> None:
    job = await submit(jobs, count=4)
    await jobs.claim("w", capacity=9, now=11, lease=60)
    await jobs.cancel(job.id, now=12, charge=False)
    await submit(jobs, count=4)


async def test_cancelling_a_retry_that_waits_is_refunded(jobs: JobStore) -> None:
    job = await submit(jobs, count=4)
    (claimed,) = await jobs.claim("w", capacity=9, now=11, lease=60)
    await jobs.requeue(claimed, "w", run_at=50)
    await jobs.cancel(job.id, now=12)
    await submit(jobs, count=4)


async def test_a_partial_result_counts_its_pictures_only(jobs: JobStore) -> None:
    await submit(jobs, count=4)
    await finish_job(jobs, pictures=3, problem="result-blocked")
    await submit(jobs, count=2)
    with pytest.raises(RuleBroken):
        await submit(jobs)


async def test_a_request_beyond_the_quota_says_how_much_is_left(jobs: JobStore) -> None:
    await submit(jobs, count=3)
    with pytest.raises(RuleBroken) as caught:
        await submit(jobs, count=3)
    assert caught.value.facts["count"] == 2


async def test_pictures_count_by_the_weight_of_their_model(jobs: JobStore) -> None:
    await submit(jobs, count=2, weight=2)
    with pytest.raises(RuleBroken) as caught:
        await submit(jobs, weight=3)
    assert (caught.value.facts["asked"], caught.value.facts["count"], caught.value.facts["weight"]) == (
        3,
        1,
        3,
    )
    await finish_job(jobs, pictures=1, problem="result-blocked")
    await submit(jobs, weight=3)


async def test_a_quota_applies_per_server_member_and_day(jobs: JobStore) -> None:
    await submit(jobs, count=4)
    await submit(jobs, count=4, guild=4)
    await submit(jobs, count=4, user=2)
    tomorrow = Quota(allowed=5, since=86_400, until=2 * 86_400)
    await submit(jobs, count=4, now=86_401, quota=tomorrow)


async def test_deleted_jobs_of_today_still_count(jobs: JobStore, engine: Engine) -> None:
    with engine.begin() as connection:
        for until, pictures in ((86_400, 3), (5, 4)):
            row = {"user_id": 1, "guild_id": 3, "until": until, "pictures": pictures}
            connection.execute(insert(spent).values(row))
    await submit(jobs, count=2)
    with pytest.raises(RuleBroken):
        await submit(jobs)


async def test_relaxed_jobs_are_drawn_after_all_others(jobs: JobStore) -> None:
    relaxed = [(await submit(jobs, quota=RELAXED)).relaxed for _ in range(3)]
    assert relaxed == [False, True, True]
    await submit(jobs, user=2, quota=None)
    later = await submit(jobs, user=3, quota=RELAXED, count=2)
    assert later.relaxed
    last = await submit(jobs, user=2, quota=None)
    order: list[int] = []
    for now in range(11, 17):
        (job,) = await jobs.claim("w", capacity=1, now=now, lease=60)
        order.append(job.id)
        await jobs.finish(job, "w", DELIVERED, now=now)
    assert order == [1, 4, last.id, 2, later.id, 3]


async def test_relaxed_jobs_use_up_no_refunded_quota(jobs: JobStore) -> None:
    first = await submit(jobs, quota=RELAXED)
    assert (await submit(jobs, count=4, quota=RELAXED)).relaxed
    await jobs.cancel(first.id, now=11)
    assert not (await submit(jobs, quota=RELAXED)).relaxed
    assert (await submit(jobs, quota=RELAXED)).relaxed


async def test_a_cancelled_turn_is_released_within_its_lane(jobs: JobStore) -> None:
    first = await submit(jobs, quota=RELAXED)
    await submit(jobs, quota=RELAXED)
    await jobs.cancel(first.id, now=11)
    normal = await submit(jobs, user=2, quota=None)
    claimed = await jobs.claim("w", capacity=1, now=12, lease=60)
    assert [job.id for job in claimed] == [normal.id]


async def test_five_refusals_in_an_hour_start_a_cooldown_until_the_first_is_an_hour_old(
    jobs: JobStore,
) -> None:
    for at in range(5):
        await submit(jobs, now=float(at), quota=None)
        await finish_job(jobs, problem="prompt-blocked" if at % 2 else "reference-blocked", now=float(at))
    with pytest.raises(RuleBroken) as caught:
        await submit(jobs, now=3599.0, guild=None, quota=None)
    assert (caught.value.rule, caught.value.facts["until"]) == ("cooling-down", 3600)
    await submit(jobs, user=2, now=3599.0, quota=None)
    await submit(jobs, now=3601.0, quota=None)


async def test_blocked_results_are_no_strikes(jobs: JobStore) -> None:
    for at in range(6):
        await submit(jobs, now=float(at), quota=None)
        await finish_job(jobs, problem="result-blocked")


async def test_a_refusal_counts_from_when_it_happened_however_long_the_job_waited(jobs: JobStore) -> None:
    for _ in range(5):
        await submit(jobs, now=1.0, quota=None)
        await finish_job(jobs, problem="prompt-blocked", now=3000.0)
    with pytest.raises(RuleBroken) as caught:
        await submit(jobs, now=6599.0, quota=None)
    assert caught.value.facts["until"] == 6600
    await submit(jobs, now=6600.0, quota=None)


async def test_a_job_with_some_pictures_is_no_strike(jobs: JobStore) -> None:
    for _ in range(6):
        await submit(jobs, count=2, quota=None)
        await finish_job(jobs, pictures=1, problem="blocked")


async def test_a_paused_member_is_refused_until_the_pause_ends(jobs: JobStore, engine: Engine) -> None:
    with engine.begin() as connection:
        connection.execute(insert(pauses).values(guild_id=3, user_id=1, until=100.0, by_id=9))
    with pytest.raises(RuleBroken) as caught:
        await submit(jobs, quota=None)
    assert (caught.value.rule, caught.value.facts["until"]) == ("member-paused-by", 100)
    await submit(jobs, guild=4, quota=None)
    await submit(jobs, now=100.0, quota=None)
