"""Snapshots of the queue for estimating start times."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from sqlalchemy import Engine

from bot.domain.eta import RunningJob
from bot.domain.models import Job
from bot.store.queue.forecasts.forecast import QueueForecast
from bot.store.queue.jobs import JobStore
from bot.store.queue.limits import Limits
from bot.store.queue.services.call_rate import CALL_WINDOW
from bot.store.queue.services.relay_state import RelayState
from tests.support.store.requests import DELIVERED, add
from tests.support.store.services import MODELS

LIMITS = Limits(member_running=3, calls_a_minute=10)


async def claim(jobs: JobStore, now: float, capacity: int = 8) -> list[Job]:
    return await jobs.claim("w", capacity=capacity, now=now, lease=now + 999)


async def test_without_history_the_preset_durations_are_used(engine: Engine) -> None:
    forecast = await QueueForecast(engine, Limits(), capacity=8).snapshot(now=100)
    assert (forecast.slots, forecast.free_at, forecast.running, forecast.rate_window) == (8, 0, [], None)
    assert forecast.seconds == {"1K": 12, "2K": 20, "4K": 35}
    assert forecast.start(1, "2K", 4, {"2K": 4}) == 100


async def test_a_snapshot_holds_slots_pause_running_jobs_and_calls(engine: Engine) -> None:
    jobs = JobStore(engine, Path(), LIMITS)
    for user, amount in ((1, 1), (2, 4)):
        await add(jobs, user=user, amount=amount)
    (job,) = await claim(jobs, 100, capacity=3)
    await add(jobs, user=3)
    snapshot = await QueueForecast(engine, LIMITS, capacity=8).snapshot(now=150)
    assert snapshot.rate_window is not None and list(snapshot.rate_window.begun) == [(150, 1)]
    assert await jobs.call_meter("w", lambda: 100).begin(job, job.draft.request)
    await RelayState(engine, capacity=8).record_busy(began=150, now=150, retry_after=30)
    forecast = await QueueForecast(engine, LIMITS, capacity=8).snapshot(now=151)
    assert (forecast.slots, forecast.free_at, forecast.member_running) == (4, 180, 3)
    assert forecast.running == [RunningJob(user_id=1, size="2K", pictures=1, abreast=1, started_at=100)]
    assert forecast.rate_window is not None and list(forecast.rate_window.begun) == [(100, 1)]
    later = await QueueForecast(engine, LIMITS, capacity=8).snapshot(now=101 + CALL_WINDOW)
    assert later.rate_window is not None and list(later.rate_window.begun) == []


async def test_durations_of_sequential_pictures_are_counted_per_picture(engine: Engine) -> None:
    jobs = JobStore(engine, Path())
    await add(jobs, amount=4)
    (job,) = await claim(jobs, 100, capacity=2)
    await jobs.mark_drawn(job, "w", [], now=160)
    await jobs.finish(job, "w", DELIVERED, now=161)
    assert await jobs.typical_duration("2K") == 30


async def draw_each(jobs: JobStore, *seconds: float, model: str | None = None) -> None:
    """Draw one job after another, each in so many seconds."""
    for each in seconds:
        await add(jobs, model=model)
        (job,) = await jobs.claim("w", capacity=1, now=0, lease=999)
        await jobs.mark_drawn(job, "w", [], now=each)
        await jobs.finish(job, "w", DELIVERED, now=each)


async def test_a_model_has_durations_of_its_own_once_enough_were_drawn(engine: Engine) -> None:
    jobs = JobStore(engine, Path(), replace(LIMITS, models=MODELS))
    await draw_each(jobs, 50, 50, 50, 50, model="second")
    await draw_each(jobs, *[10] * 5)
    assert await jobs.typical_duration("2K", "second") == 10
    await draw_each(jobs, 60, model="second")
    assert await jobs.typical_duration("2K", "second") == 50
    # What names no model is the usual one's.
    assert await jobs.typical_duration("2K", "first") == await jobs.typical_duration("2K") == 10
    assert await jobs.typical_duration("4K", "second") == 35
