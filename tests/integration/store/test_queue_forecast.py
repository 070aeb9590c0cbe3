"""Snapshots of the queue for estimating start times."""

from __future__ import annotations

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
