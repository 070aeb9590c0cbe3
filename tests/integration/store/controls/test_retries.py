"""An operator's retry counts towards the daily limits of its own day, like any request."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import Engine

from bot.domain.controls.acts import Act, Operator, Target
from bot.domain.controls.own_limits import OwnLimits
from bot.domain.daily_limits import DailyLimits
from bot.domain.errors import RuleBroken
from bot.domain.models import DeliveredMessage, Job
from bot.store.controls.acts import ActStore
from bot.store.controls.own_limits import OwnLimitStore
from bot.store.operator.request_acts import RequestActStore
from bot.store.queue.jobs import JobStore
from bot.store.queue.limits import Limits
from tests.support.store.daily_limits import DAY, NOW, PICTURE, store, submit, used

BY = Operator(who="console", origin="127.0.0.1")
TOMORROW = NOW + DAY
THERE = DeliveredMessage(channel_id=2, message_id=9)


async def failed(jobs: JobStore, *, count: int = 2) -> Job:
    """Return a request that ended without a picture."""
    job = await submit(jobs, count=count)
    (claimed,) = await jobs.claim("w", capacity=9, now=NOW + 6, lease=NOW + 60)
    ended = await jobs.mark_failed(claimed, "w", "busy", {})
    assert ended is not None and await jobs.finish(ended, "w", THERE, now=NOW + 9)
    return job


async def retry(engine: Engine, job: Job, *, now: float, **limits: int) -> bool:
    requests = RequestActStore(engine, Path(), Limits(daily=DailyLimits(**limits)))
    act = Act(by=BY, name="retry", target=Target(kind="request", id=job.id))
    return await requests.retry(job.id, act, now=now, deadline=now + 3600)


async def totals(engine: Engine) -> tuple[int, int]:
    """Return the pictures that count on the request's day and on the next one."""
    return (await used(engine))["total"], (await used(engine, now=TOMORROW))["total"]


async def test_a_retry_counts_on_the_day_on_which_it_is_made(engine: Engine) -> None:
    jobs = store(engine)
    job = await failed(jobs)
    assert await totals(engine) == (0, 0)
    assert await retry(engine, job, now=TOMORROW, total=2)
    assert await totals(engine) == (0, 2)
    (again,) = await jobs.claim("w", capacity=9, now=TOMORROW, lease=TOMORROW + 60)
    drawn = await jobs.mark_drawn(again, "w", [PICTURE], now=TOMORROW + 1)
    assert drawn is not None and await jobs.finish(drawn, "w", THERE, now=TOMORROW + 2)
    assert await totals(engine) == (0, 1)


@pytest.mark.parametrize("scope", ["member", "server", "total"])
async def test_a_retry_beyond_a_limit_is_refused_and_changes_nothing(engine: Engine, scope: str) -> None:
    job = await failed(store(engine))
    with pytest.raises(RuleBroken) as caught:
        await retry(engine, job, now=TOMORROW, **{scope: 1})
    assert caught.value.rule == f"{scope}-daily"
    assert await totals(engine) == (0, 0)
    assert await ActStore(engine).recent(most=9, before=None, target=None) == []
    found = await store(engine).get(job.id)
    assert found is not None and found.state == "done"


async def test_a_members_own_limit_holds_for_a_retry(engine: Engine) -> None:
    job, member = await failed(store(engine)), Target(kind="member", id=1)
    act = Act(by=BY, name="limits", target=member)
    await OwnLimitStore(engine).set(member, OwnLimits(pictures=1), act, now=NOW)
    with pytest.raises(RuleBroken):
        await retry(engine, job, now=NOW + 60)


async def test_the_audit_says_what_a_retry_counts(engine: Engine) -> None:
    jobs = store(engine)
    job, waiting = await failed(jobs), await submit(jobs, user=2)
    assert await retry(engine, job, now=TOMORROW)
    assert await retry(engine, waiting, now=TOMORROW)
    begun, drawn_again = await ActStore(engine).recent(most=9, before=None, target=None)
    assert drawn_again.act.details == {"pictures": 2, "cost_millionths": 0}
    assert begun.act.details == {}
