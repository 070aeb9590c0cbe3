"""Any sequence of steps leaves the daily counters as a model of them says."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import pytest
from hypothesis import strategies as st
from sqlalchemy import Engine, delete

from bot.domain.errors import RuleBroken
from bot.domain.models import DailyScope, Job
from bot.store.db.tables import jobs as jobs_table
from tests.support.property_testing import examples_of
from tests.support.store.daily_limits import DAY, PICTURE, erase, nth, store, submit, used
from tests.support.store.requests import DELIVERED

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
    weight: int


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
                count, weight = 1 if step == "accept" else 4, 1 + number // 3
                await self._accept(number % 3, (None, 3, 4)[number % 3], count, weight)
            case "claim":
                await self._claim()
            case "cancel" | "moderate":
                await self._cancel(number, charge=step == "cancel")
            case "erase":
                await self._erase(number % 3)
            case _ if self._running:
                await self._end(step, self._running.pop(nth(self._running, number)), number)
            case _:
                return
        for user, guild in ((0, None), (1, 3), (2, 4)):
            found = await used(self._engine, user=user, guild=guild, now=self._now)
            assert found == {scope: self._total(scope, user, guild) for scope in found}

    def _total(self, scope: DailyScope, user: int, guild: int | None) -> int:
        return sum(
            each.pictures * each.weight
            for each in self._expected.values()
            if scope == "total"
            or (scope == "member" and each.user == user)
            or (scope == "server" and each.guild == guild)
        )

    async def _accept(self, user: int, guild: int | None, count: int, weight: int) -> None:
        scopes: list[DailyScope] = ["member", "total"] if guild is None else ["member", "server", "total"]
        units = count * weight
        fits = all(self._total(scope, user, guild) + units <= LIMITS[scope] for scope in scopes)
        try:
            job = await submit(self._jobs, user=user, guild=guild, count=count, weight=weight, now=self._now)
        except RuleBroken:
            assert not fits
            return
        assert fits
        self._waiting[job.id] = job
        self._expected[job.id] = Expected(user=user, guild=guild, pictures=count, weight=weight)

    async def _claim(self) -> None:
        for job in await self._jobs.claim("w", capacity=999, now=self._now, lease=self._now + 60):
            self._running[job.id] = job
            self._waiting.pop(job.id)

    async def _cancel(self, number: int, *, charge: bool) -> None:
        jobs = self._waiting | self._running
        if not jobs:
            return
        job_id = nth(jobs, number)
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
    engine: Engine,
) -> None:
    """The sequences are drawn first, as opening a database for each would take too long."""
    for day, steps in enumerate(examples_of(STEPS, 0.4)):
        model = Model(engine, now=day * DAY + 5.0)
        for step, number in steps:
            await model.run(step, number)
        with engine.begin() as connection:
            connection.execute(delete(jobs_table))
