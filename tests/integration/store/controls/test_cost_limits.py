"""Limits in money are exact over processes, retries, fallbacks and every end of a request."""

from __future__ import annotations

import asyncio
import contextlib
from pathlib import Path
from typing import Any, Literal

import pytest
from hypothesis import strategies as st
from sqlalchemy import Engine, delete, func, select, update

from bot.config.catalogue import parse
from bot.domain.daily_limits import DailyLimits
from bot.domain.errors import BotError, BudgetReached, PromptBlocked, ResultBlocked, RuleBroken
from bot.domain.image_models.comparisons import with_models
from bot.domain.image_models.fallbacks import Fallback
from bot.domain.models import Draft, ImageRequest, Job, Requester, Size
from bot.store.db.engine import open_engine
from bot.store.db.tables import daily_counters, pool
from bot.store.db.tables import jobs as table
from bot.store.queue.jobs import JobStore
from bot.store.queue.limits import Limits
from tests.support.property_testing import examples_of
from tests.support.store.daily_limits import DAY, NOW, PICTURE, RESET, counts, erase, nth
from tests.support.store.requests import DELIVERED, reply_to

CENT = 10_000
MODELS = parse(
    """
    [models.cheap]
    provider = "relay"
    pixels = { "2K" = { "1:1" = "2048x2048" }, "4K" = { "1:1" = "4096x4096" } }
    cost = { "2K" = 0.04, "4K" = 0.08 }
    currency = "USD"
    charges = "results"
    [models.dear]
    provider = "ark"
    pixels = { "2K" = { "1:1" = "2048x2048" } }
    cost = 0.10
    currency = "USD"
    """
)


def store(engine: Engine, **cents: int) -> JobStore:
    daily = DailyLimits(**{f"{scope}_cost": amount * CENT for scope, amount in cents.items()})
    limits = Limits(member_waiting=999, member_running=99, daily=daily, models=MODELS)
    return JobStore(engine, Path(), limits)


async def submit(
    jobs: JobStore,
    *,
    user: int = 1,
    guild: int | None = 3,
    count: int = 1,
    size: Size = "2K",
    models: tuple[str, ...] = ("cheap",),
    fallbacks: tuple[Fallback, ...] = (),
    now: float = NOW,
) -> Job:
    request = ImageRequest(prompt="a fox", size=size, model=models[0])
    draft = Draft(kind="imagine", request=request, count=count)
    if len(models) > 1:
        draft = with_models(draft, models)
    requester = Requester(
        user_id=user, channel_id=2, guild_id=guild, locale="en", guild_locale=None, upload_limit=10
    )
    job = await jobs.add(draft, requester, reply_to(), now=now, deadline=now + 9, fallbacks=fallbacks)
    assert job is not None
    return job


async def cents(engine: Engine, *, user: int = 1, now: float = NOW) -> float:
    return (await counts(engine, user=user, now=now))["total"].cost / CENT


async def claim(jobs: JobStore, now: float = NOW) -> list[Job]:
    return await jobs.claim("w", capacity=99, now=now + 6, lease=now + 60)


async def call(jobs: JobStore, job: Job, end: BotError | None = None, *, size: Size = "2K") -> None:
    request = ImageRequest(prompt="a fox", size=size, model="cheap")
    meter = jobs.call_meter("w", lambda: NOW)
    assert await meter.begin(job, request)
    if end is not None:
        await meter.refund(job, request, end)


async def finish(jobs: JobStore, job: Job, drawn: int, now: float = NOW) -> None:
    if drawn:
        ended = await jobs.mark_drawn(job, "w", [PICTURE] * drawn, now=now)
    else:
        ended = await jobs.mark_failed(job, "w", "unexpected", {})
    assert ended is not None and await jobs.finish(ended, "w", DELIVERED, now=now)


async def test_a_request_reserves_what_its_pictures_cost_by_model_and_size(engine: Engine) -> None:
    jobs = store(engine)
    for request, total in (
        ({"count": 3}, 12),
        ({"size": "4K"}, 20),
        ({"models": ("cheap", "dear")}, 34),
    ):
        await submit(jobs, **request)  # pyright: ignore[reportArgumentType]
        assert await cents(engine) == total


async def test_a_refusal_says_how_many_such_pictures_are_left_and_no_amount(engine: Engine) -> None:
    for scope in ("member", "server"):
        with pytest.raises(RuleBroken) as caught:
            await submit(store(engine, **{scope: 13}), count=4)
        facts: dict[str, Any] = {"asked": 4, "count": 3, "until": RESET, "weight": 1}
        assert caught.value.facts == {"rule": f"{scope}-daily-cost", **facts}
    with pytest.raises(RuleBroken) as caught:
        await submit(store(engine, total=3))
    assert caught.value.rule == "total-daily-cost" and await cents(engine) == 0


@pytest.mark.parametrize(("drawn", "left"), [(3, 12), (2, 8), (0, 4)])
async def test_the_end_of_a_request_settles_what_it_cost(engine: Engine, drawn: int, left: int) -> None:
    jobs = store(engine)
    await submit(jobs, count=3)
    (job,) = await claim(jobs)
    for _ in range(drawn):
        await call(jobs, job)
    if not drawn:
        await call(jobs, job, ResultBlocked())
    await call(jobs, job, PromptBlocked()) if drawn < 3 else None
    await finish(jobs, job, drawn)
    assert await cents(engine) == left


async def test_a_cancelled_or_deleted_request_costs_what_was_begun(engine: Engine) -> None:
    jobs = store(engine)
    await submit(jobs, user=1, count=3)
    await submit(jobs, user=2, count=3)
    first, second = await claim(jobs)
    await asyncio.gather(call(jobs, first), call(jobs, second))
    await jobs.cancel(first.id, now=NOW)
    await erase(engine, 2)
    assert await cents(engine) == 8


async def test_an_attempt_beyond_what_was_reserved_is_made_only_within_the_limits(engine: Engine) -> None:
    jobs = store(engine, total=14)
    await submit(jobs, count=2)
    (job,) = await claim(jobs)
    await call(jobs, job, ResultBlocked())
    await call(jobs, job)
    await call(jobs, job)
    assert await cents(engine) == 12
    with pytest.raises(BudgetReached) as caught:
        await call(jobs, job)
    assert caught.value.facts == {"until": RESET}
    with pytest.raises(BudgetReached):
        await call(jobs, job, size="4K")
    await finish(jobs, job, 2)
    assert await cents(engine) == 12


async def test_a_call_that_ends_after_its_request_is_given_back(engine: Engine) -> None:
    jobs = store(engine)
    await submit(jobs)
    (job,) = await claim(jobs)
    await call(jobs, job)
    await jobs.cancel(job.id, now=NOW)
    request = ImageRequest(prompt="a fox", size="2K", model="cheap")
    await jobs.call_meter("w", lambda: NOW).refund(job, request, PromptBlocked())
    assert await cents(engine) == 0


async def test_a_fallback_is_used_only_if_the_limits_allow_what_it_costs(engine: Engine) -> None:
    fallback = Fallback(model="dear", ratio="1:1", size="2K", weight=1)
    for limit, moved, counted in ((11, 0, 4), (14, 1, 10)):
        with engine.begin() as connection:
            connection.execute(delete(table))
            connection.execute(delete(daily_counters))
            connection.execute(update(pool).values(down_since=NOW, down_until=NOW + 99))
        jobs = store(engine, member=limit - 2, total=limit)
        if moved:
            jobs = store(engine, total=limit)
        await submit(jobs, fallbacks=(fallback,))
        assert await jobs.use_fallbacks(now=NOW) == moved
        assert await cents(engine) == counted


async def test_of_fifty_concurrent_requests_exactly_as_many_as_the_budget_are_accepted(
    postgres_url: str,
) -> None:
    async with open_engine(postgres_url) as one, open_engine(postgres_url) as two:
        stores = [store(engine, total=30) for engine in (one, two)]
        asked = (submit(jobs, user=number) for number in range(25) for jobs in stores)
        outcomes = await asyncio.gather(*asked, return_exceptions=True)
        assert sum(isinstance(outcome, Job) for outcome in outcomes) == 7
        claimed = await claim(stores[0])
        # Each call is charged, and each retry wants more than is left.
        ends = await asyncio.gather(
            *(call(jobs, job, ResultBlocked()) for job in claimed for jobs in stores for _ in range(2)),
            return_exceptions=True,
        )
        assert sum(end is None for end in ends) == 7
        await asyncio.gather(*(stores[1].cancel(job.id, now=NOW) for job in claimed))
        assert await cents(one) == 28


Step = tuple[Literal["accept", "claim", "call", "charged", "free", "draw", "fail", "cancel", "erase"], int]
STEPS = st.lists(
    st.tuples(
        st.sampled_from(["accept", "claim", "call", "charged", "free", "draw", "fail", "cancel", "erase"]),
        st.integers(0, 5),
    ),
    max_size=30,
)


class Model:
    """Runs steps, after each of which the counter holds what is reserved or spent, within the limit."""

    def __init__(self, engine: Engine, now: float) -> None:
        self._engine = engine
        self._now = now
        self._jobs = store(engine, total=30)
        self._running: dict[int, Job] = {}
        self._waiting: dict[int, Job] = {}
        self._erased = 0

    async def run(self, step: str, number: int) -> None:
        with contextlib.suppress(RuleBroken, BudgetReached):
            await self._run(step, number)
        with self._engine.connect() as connection:
            kept = connection.scalar(select(func.coalesce(func.sum(table.c.counted_cost), 0))) or 0
            least = connection.scalar(select(func.min(table.c.counted_cost - table.c.cost))) or 0
        counted = await cents(self._engine, now=self._now)
        assert counted == (kept + self._erased) / CENT <= 30 and least >= 0

    async def _run(self, step: str, number: int) -> None:
        match step:
            case "accept":
                size: Size = "4K" if number == 5 else "2K"
                job = await submit(
                    self._jobs, user=number % 3, count=1 + number % 4, size=size, now=self._now
                )
                self._waiting[job.id] = job
            case "claim":
                for job in await claim(self._jobs, self._now):
                    self._running[job.id] = job
                    self._waiting.pop(job.id)
            case "cancel" if self._waiting | self._running:
                job_id = nth(self._waiting | self._running, number)
                await self._jobs.cancel(job_id, now=self._now)
                for jobs in (self._waiting, self._running):
                    jobs.pop(job_id, None)
            case "erase":
                await self._erase(number % 3)
            case "draw" | "fail" if self._running:
                job = self._running.pop(nth(self._running, number))
                await finish(self._jobs, job, 1 if step == "draw" else 0, self._now)
            case "call" | "charged" | "free" if self._running:
                job = self._running[nth(self._running, number)]
                end = {"call": None, "charged": ResultBlocked(), "free": PromptBlocked()}[step]
                await call(self._jobs, job, end, size=job.draft.request.size)
            case _:
                pass

    async def _erase(self, user: int) -> None:
        with self._engine.connect() as connection:
            theirs = select(func.coalesce(func.sum(table.c.cost), 0)).where(table.c.user_id == user)
            self._erased += connection.scalar(theirs) or 0
        await erase(self._engine, user)
        for jobs in (self._waiting, self._running):
            for job_id in [id_ for id_, job in jobs.items() if job.requester.user_id == user]:
                jobs.pop(job_id)


@pytest.mark.hypothesis
async def test_any_sequence_of_steps_counts_what_is_spent_or_reserved_and_never_exceeds_the_limit(
    engine: Engine,
) -> None:
    for day, steps in enumerate(examples_of(STEPS, 0.4)):
        model = Model(engine, now=day * DAY + 5.0)
        for step, number in steps:
            await model.run(step, number)
        with engine.begin() as connection:
            connection.execute(delete(table))
