"""What starts are foreseen from: read as it is, on both databases."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from bot.domain.eta import Running
from bot.domain.models import Job
from bot.store.queue.forecast import Outlook
from bot.store.queue.jobs import JobStore
from bot.store.queue.limits import Limits
from bot.store.queue.relay_state import MINUTE, Pool
from tests.support.store.requests import TOLD, add

LIMITS = Limits(member_running=3, calls_a_minute=10)


async def claim(jobs: JobStore, now: float, capacity: int = 8) -> list[Job]:
    return await jobs.claim("w", capacity=capacity, now=now, lease=now + 999)


async def test_an_idle_relay_is_foreseen_as_reported(engine: AsyncEngine) -> None:
    forecast = await Outlook(engine, Limits(), capacity=8).forecast(now=100)
    assert (forecast.places, forecast.free_at, forecast.running, forecast.meter) == (8, 0, [], None)
    assert forecast.seconds == {"1K": 12, "2K": 20, "4K": 35}
    assert forecast.start(1, "2K", 4, {"2K": 4}) == 100


async def test_a_forecast_knows_the_share_the_pause_the_running_and_the_minute(engine: AsyncEngine) -> None:
    jobs = JobStore(engine, Path(), LIMITS)
    for user, amount in ((1, 1), (2, 4)):
        await add(jobs, user=user, amount=amount)
    await claim(jobs, 100, capacity=3)
    await add(jobs, user=3)
    await Pool(engine, capacity=8).busy(began=150, now=150, retry_after=30)
    forecast = await Outlook(engine, LIMITS, capacity=8).forecast(now=151)
    assert (forecast.places, forecast.free_at, forecast.member_running) == (4, 180, 3)
    assert forecast.running == [Running(user_id=1, size="2K", pictures=1, abreast=1, started_at=100)]
    assert forecast.meter is not None and list(forecast.meter.begun) == [(pytest.approx(100, abs=1), 1)]
    later = await Outlook(engine, LIMITS, capacity=8).forecast(now=101 + MINUTE)
    assert later.meter is not None and list(later.meter.begun) == []


async def test_pictures_that_were_drawn_one_after_the_other_count_one_by_one(engine: AsyncEngine) -> None:
    jobs = JobStore(engine, Path())
    await add(jobs, amount=4)
    (job,) = await claim(jobs, 100, capacity=2)
    await jobs.drawn(job, "w", [], now=160)
    await jobs.finish(job, "w", TOLD, now=161)
    assert await jobs.usual_duration("2K") == 30
