"""Requests against the operator's daily limits, and what the counters hold."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine

from bot.domain.daily_limits import DailyLimits
from bot.domain.errors import RuleBroken
from bot.domain.models import DailyCount, DailyScope, Draft, ImageRequest, Job, Picture, Quota, Requester
from bot.store.daily_usage import read_used
from bot.store.db.transactions import read
from bot.store.personal_data import PersonalDataStore
from bot.store.queue.jobs import JobStore
from bot.store.queue.limits import Limits
from tests.support.store.requests import reply_to

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
    weight: int = 1,
) -> Job:
    draft = Draft(kind="imagine", request=ImageRequest(prompt="a fox"), count=count)
    requester = Requester(
        user_id=user, channel_id=2, guild_id=guild, locale="en", guild_locale=None, upload_limit=10
    )
    job = await jobs.add(
        draft, requester, reply_to(), now=now, deadline=now + 3600, quota=quota, weight=weight
    )
    assert job is not None
    return job


def nth(jobs: dict[int, Job], number: int) -> int:
    """Return the id that a number from 0, of any size, chooses among jobs."""
    return sorted(jobs)[number % len(jobs)]


async def refusal(jobs: JobStore, **request: Any) -> dict[str, Any]:
    with pytest.raises(RuleBroken) as caught:
        await submit(jobs, **request)
    return dict(caught.value.facts)


async def used(
    engine: Engine, *, user: int = 1, guild: int | None = 3, now: float = NOW
) -> dict[DailyScope, int]:
    counted = await counts(engine, user=user, guild=guild, now=now)
    return {scope: count.pictures for scope, count in counted.items()}


async def counts(
    engine: Engine, *, user: int = 1, guild: int | None = 3, now: float = NOW
) -> dict[DailyScope, DailyCount]:
    return await read(engine, lambda connection: read_used(connection, user_id=user, guild_id=guild, now=now))


async def erase(engine: Engine, user: int) -> None:
    """Delete a member's jobs."""
    records = PersonalDataStore(engine)
    batch = await records.member_batch(user, until=1_000_000, most=1000)
    await records.erase_member_jobs(batch, {}, now=NOW)
