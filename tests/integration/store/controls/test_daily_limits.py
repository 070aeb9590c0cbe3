"""The operator's daily limits are exact over members, servers, processes, and every end of a request."""

from __future__ import annotations

import asyncio

from sqlalchemy import Engine, delete, select

from bot.domain.errors import RuleBroken
from bot.domain.models import Job
from bot.store.db.engine import open_engine
from bot.store.db.tables import daily_counters
from bot.store.personal_data import PersonalDataStore
from tests.support.store.daily_limits import DAY, NOW, PICTURE, RESET, erase, refusal, store, submit, used
from tests.support.store.requests import DELIVERED


async def test_a_members_pictures_count_wherever_they_ask(engine: Engine) -> None:
    jobs = store(engine, member=4)
    await submit(jobs, guild=3, count=2)
    await submit(jobs, guild=4, count=1)
    assert await refusal(jobs, guild=None, count=2) == {
        "rule": "member-daily",
        "asked": 2,
        "count": 1,
        "allowed": 4,
        "until": RESET,
        "weight": 1,
    }
    await submit(jobs, guild=None)
    await submit(jobs, user=2, count=4)


async def test_a_servers_pictures_count_for_any_asker(engine: Engine) -> None:
    jobs = store(engine, server=4)
    await submit(jobs, user=1, count=2)
    await submit(jobs, user=2, count=2)
    assert (await refusal(jobs, user=3))["rule"] == "server-daily"
    await submit(jobs, user=3, guild=4)
    await submit(jobs, user=3, guild=None)


async def test_everyones_pictures_count_together(engine: Engine) -> None:
    jobs = store(engine, total=3)
    for user, guild in ((1, 3), (2, 4), (3, None)):
        await submit(jobs, user=user, guild=guild)
    assert (await refusal(jobs, user=4, guild=5))["rule"] == "total-daily"


async def test_a_picture_counts_by_its_models_weight(engine: Engine) -> None:
    jobs = store(engine, member=7)
    await submit(jobs, count=2, weight=2)
    assert await used(engine) == {"member": 4, "server": 4, "total": 4}
    assert await refusal(jobs, count=1, weight=4) == {
        "rule": "member-daily",
        "asked": 4,
        "count": 3,
        "allowed": 7,
        "until": RESET,
        "weight": 4,
    }
    job = await submit(jobs, weight=3)
    await jobs.cancel(job.id, now=NOW)
    assert (await used(engine))["member"] == 4


async def test_a_refused_request_counts_nowhere(engine: Engine) -> None:
    jobs = store(engine, member=4, total=2)
    assert (await refusal(jobs, count=3))["rule"] == "total-daily"
    assert await used(engine) == {"member": 0, "server": 0, "total": 0}


async def test_limits_are_counted_before_they_are_set(engine: Engine) -> None:
    await submit(store(engine), count=4)
    assert (await refusal(store(engine, member=4)))["count"] == 0


async def test_counters_start_anew_each_day_and_old_ones_are_swept(engine: Engine) -> None:
    jobs = store(engine, member=4)
    await submit(jobs, count=4)
    await submit(jobs, count=4, now=RESET)
    await PersonalDataStore(engine).erase_expired(before=None, now=RESET)
    with engine.connect() as connection:
        days = set(connection.scalars(select(daily_counters.c.day)))
    assert days == {RESET // DAY}


async def test_a_request_of_yesterday_is_given_back_to_yesterday(engine: Engine) -> None:
    jobs = store(engine)
    job = await submit(jobs, count=4)
    await submit(jobs, count=4, now=RESET)
    await jobs.cancel(job.id, now=RESET)
    assert (await used(engine))["member"] == 0
    assert (await used(engine, now=RESET))["member"] == 4


async def test_an_interaction_that_is_delivered_twice_counts_once(engine: Engine) -> None:
    jobs = store(engine)
    job = await submit(jobs)
    assert job.reply_to is not None
    again = await jobs.add(job.draft, job.requester, job.reply_to, now=NOW, deadline=NOW + 1)
    assert again is None
    assert (await used(engine))["member"] == 1


async def test_a_job_from_before_the_counters_is_given_back_to_nobody(engine: Engine) -> None:
    jobs = store(engine)
    job = await submit(jobs, count=4)
    with engine.begin() as connection:
        connection.execute(delete(daily_counters))
    await submit(jobs, count=1)
    await jobs.cancel(job.id, now=NOW)
    assert (await used(engine))["member"] == 0


async def test_deletion_of_ones_data_does_not_reset_a_limit(engine: Engine) -> None:
    jobs = store(engine, member=4)
    await submit(jobs, count=3, guild=None)
    (claimed,) = await jobs.claim("w", capacity=9, now=NOW, lease=NOW + 60)
    drawn = await jobs.mark_drawn(claimed, "w", [PICTURE] * 3, now=NOW)
    assert drawn is not None and await jobs.finish(drawn, "w", DELIVERED, now=NOW)
    await erase(engine, 1)
    assert (await refusal(jobs, count=2))["count"] == 1


async def test_of_fifty_concurrent_requests_exactly_as_many_as_the_limit_are_accepted(
    engine: Engine,
) -> None:
    jobs = store(engine, total=7)
    asked = (submit(jobs, user=number) for number in range(50))
    outcomes = await asyncio.gather(*asked, return_exceptions=True)
    assert sum(isinstance(outcome, Job) for outcome in outcomes) == 7
    assert (await used(engine))["total"] == 7


async def test_two_processes_accept_exactly_as_many_as_the_limit_together(postgres_url: str) -> None:
    async with open_engine(postgres_url) as one, open_engine(postgres_url) as two:
        stores = [store(engine, server=9, total=50) for engine in (one, two)]
        asked = (submit(jobs, user=number) for number in range(20) for jobs in stores)
        outcomes = await asyncio.gather(*asked, return_exceptions=True)
        rules = [outcome.rule for outcome in outcomes if isinstance(outcome, RuleBroken)]
        accepted = [outcome for outcome in outcomes if isinstance(outcome, Job)]
        assert len(accepted) == 9 and rules == ["server-daily"] * 31
        # Concurrent ends of requests give back exactly what they took.
        cancelled = (jobs.cancel(job.id, now=NOW) for job in accepted for jobs in stores)
        await asyncio.gather(*cancelled)
        assert await used(one) == {"member": 0, "server": 0, "total": 0}


async def test_concurrent_ends_of_requests_do_not_block_each_other(postgres_url: str) -> None:
    async with open_engine(postgres_url) as one, open_engine(postgres_url) as two:
        jobs, others = store(one), store(two)
        for number in range(12):
            await submit(jobs, user=number % 3, guild=number % 2, count=2)
        claimed = await jobs.claim("w", capacity=99, now=NOW, lease=NOW + 60)
        assert len(claimed) == 12
        await asyncio.gather(
            *(jobs.finish(job, "w", DELIVERED, now=NOW) for job in claimed),
            *(others.cancel(job.id, now=NOW, charge=False) for job in claimed),
            *(submit(others, user=number % 3, guild=number % 2, count=2) for number in range(12)),
            *(erase(two, user) for user in (7, 8)),
        )
        assert (await used(one))["total"] == 24
