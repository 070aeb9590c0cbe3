"""The operator's daily limits are exact over members, servers, processes, and every end of a request."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Engine, delete, select

from bot.domain.daily_limits import DailyLimits
from bot.domain.errors import RuleBroken
from bot.domain.models import DailyScope, Draft, ImageRequest, Job, Picture, Quota, Requester
from bot.store.db.engine import open_engine
from bot.store.db.tables import daily_counters
from bot.store.db.tables import jobs as jobs_table
from bot.store.history import HistoryStore
from bot.store.personal_data import PersonalDataStore
from bot.store.queue.jobs import JobStore
from bot.store.queue.limits import Limits
from tests.support.property_testing import examples
from tests.support.store.requests import DELIVERED, reply_to

DAY = 86_400
NOW = 100.0 * DAY + 3600
RESET = 101 * DAY
PICTURE = Picture(path=Path("1.png"), format="png", width=1, height=1)


def store(engine: Engine, **limits: int) -> JobStore:
    return JobStore(
        engine, Path(), Limits(member_waiting=999, member_running=99, daily=DailyLimits(**limits))
    )


async def submit(
    jobs: JobStore,
    *,
    user: int = 1,
    guild: int | None = 3,
    count: int = 1,
    now: float = NOW,
    quota: Quota | None = None,
) -> Job:
    draft = Draft(kind="imagine", request=ImageRequest(prompt="a fox"), count=count)
    requester = Requester(
        user_id=user, channel_id=2, guild_id=guild, locale="en", guild_locale=None, upload_limit=10
    )
    job = await jobs.add(draft, requester, reply_to(), now=now, deadline=now + 3600, quota=quota)
    assert job is not None
    return job


async def refusal(jobs: JobStore, **request: Any) -> dict[str, Any]:
    with pytest.raises(RuleBroken) as caught:
        await submit(jobs, **request)
    return dict(caught.value.facts)


async def used(
    engine: Engine, *, user: int = 1, guild: int | None = 3, now: float = NOW
) -> dict[DailyScope, int]:
    return await HistoryStore(engine, Path()).daily_used(user, guild, now=now)


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
    }
    await submit(jobs, guild=None)
    await submit(jobs, user=2, count=4)


async def test_a_servers_pictures_count_whoever_asks(engine: Engine) -> None:
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


Step = tuple[
    Literal["accept", "accept-many", "claim", "draw", "fail", "requeue", "cancel", "moderate", "erase"],
    int,
]
STEPS = st.lists(
    st.tuples(
        st.sampled_from(
            ["accept", "accept-many", "claim", "draw", "fail", "requeue", "cancel", "moderate", "erase"]
        ),
        st.integers(0, 5),
    ),
    max_size=25,
)
LIMITS = {"member": 6, "server": 9, "total": 11}


@dataclass
class Expected:
    """What a job should count."""

    user: int
    guild: int | None
    pictures: int


class Model:
    """Runs steps, and says what the counters should be."""

    def __init__(self, engine: Engine, now: float) -> None:
        self._engine = engine
        self._now = now
        self._jobs = store(engine, **LIMITS)
        self._expected: dict[int, Expected] = {}
        self._waiting: dict[int, Job] = {}
        self._running: dict[int, Job] = {}

    async def run(self, step: str, number: int) -> None:
        match step:
            case "accept" | "accept-many":
                await self._accept(number % 3, (None, 3, 4)[number % 3], 1 if step == "accept" else 4)
            case "claim":
                await self._claim()
            case "cancel" | "moderate":
                await self._cancel(number, charge=step == "cancel")
            case "erase":
                await self._erase(number % 3)
            case _ if self._running:
                await self._end(step, self._running.pop(_nth(self._running, number)), number)
            case _:
                return
        for user, guild in ((0, None), (1, 3), (2, 4)):
            found = await used(self._engine, user=user, guild=guild, now=self._now)
            assert found == {scope: self._total(scope, user, guild) for scope in found}

    def _total(self, scope: DailyScope, user: int, guild: int | None) -> int:
        return sum(
            each.pictures
            for each in self._expected.values()
            if scope == "total"
            or (scope == "member" and each.user == user)
            or (scope == "server" and each.guild == guild)
        )

    async def _accept(self, user: int, guild: int | None, count: int) -> None:
        scopes: list[DailyScope] = ["member", "total"] if guild is None else ["member", "server", "total"]
        fits = all(self._total(scope, user, guild) + count <= LIMITS[scope] for scope in scopes)
        try:
            job = await submit(self._jobs, user=user, guild=guild, count=count, now=self._now)
        except RuleBroken:
            assert not fits
            return
        assert fits
        self._waiting[job.id] = job
        self._expected[job.id] = Expected(user=user, guild=guild, pictures=count)

    async def _claim(self) -> None:
        for job in await self._jobs.claim("w", capacity=999, now=self._now, lease=self._now + 60):
            self._running[job.id] = job
            self._waiting.pop(job.id)

    async def _cancel(self, number: int, *, charge: bool) -> None:
        jobs = self._waiting | self._running
        if not jobs:
            return
        job_id = _nth(jobs, number)
        assert await self._jobs.cancel(job_id, now=self._now, charge=charge)
        self._waiting.pop(job_id, None)
        if self._running.pop(job_id, None) is None or not charge:
            self._expected.pop(job_id)

    async def _erase(self, user: int) -> None:
        await erase(self._engine, user)
        for job_id in [job_id for job_id, job in self._waiting.items() if job.requester.user_id == user]:
            self._waiting.pop(job_id)
            self._expected.pop(job_id)
        for job_id in [job_id for job_id, job in self._running.items() if job.requester.user_id == user]:
            self._running.pop(job_id)  # begun: it counts

    async def _end(self, step: str, job: Job, number: int) -> None:
        drawn = min(number, job.draft.count)
        if step == "requeue":
            assert await self._jobs.requeue(job, "w", run_at=self._now)
            self._waiting[job.id] = job
            return
        if step == "draw" and drawn:
            ended = await self._jobs.mark_drawn(job, "w", [PICTURE] * drawn, now=self._now)
            self._expected[job.id].pictures = drawn
        else:
            ended = await self._jobs.mark_failed(job, "w", "unexpected", {})
            self._expected.pop(job.id)
        assert ended is not None and await self._jobs.finish(ended, "w", DELIVERED, now=self._now)


@pytest.mark.hypothesis
async def test_any_sequence_of_steps_counts_what_was_drawn_or_charged_or_may_still_be(
    database_url: str,
) -> None:
    """The sequences are drawn inside: opening a database for each would take too long."""
    collected: list[list[Step]] = []

    @examples(0.5)
    @given(STEPS)
    def note(steps: list[Step]) -> None:
        collected.append(steps)

    note()
    async with open_engine(database_url, durable=False) as engine:
        for day, steps in enumerate(collected):
            model = Model(engine, now=day * DAY + 5.0)
            for step, number in steps:
                await model.run(step, number)
            with engine.begin() as connection:
                connection.execute(delete(jobs_table))


async def erase(engine: Engine, user: int) -> None:
    """Delete a member's jobs."""
    records = PersonalDataStore(engine)
    batch = await records.member_batch(user, until=1_000_000, most=1000)
    await records.erase_member_jobs(batch, {}, now=NOW)


def _nth(jobs: dict[int, Job], number: int) -> int:
    return sorted(jobs)[number % len(jobs)]
