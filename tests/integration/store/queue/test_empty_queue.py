"""An empty queue isn't looked at every two seconds."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import Engine

from bot.services.queue import QueueService
from bot.store.controls.global_pause import GlobalPauseStore
from bot.store.queue.forecasts.forecast import QueueForecast
from bot.store.queue.jobs import JobStore
from bot.store.queue.leases.card_leases import CardStore
from bot.store.queue.limits import Limits
from tests.support.store.requests import add


async def test_a_new_job_is_looked_for_when_one_is_expected_or_after_a_while(
    engine: Engine, jobs: JobStore
) -> None:
    cards, now = CardStore(engine, Path()), 100.0
    queue = QueueService(
        cards, QueueForecast(engine, Limits(), capacity=4), GlobalPauseStore(engine), lambda: now
    )
    assert await queue.changed_positions(most=6) == []
    first = await add(jobs)
    assert await queue.changed_positions(most=6) == []
    queue.expect_jobs()
    assert [job.id for job, _ in await queue.changed_positions(most=6)] == [first.id]
    await jobs.cancel(first.id, now=now)
    assert await queue.changed_positions(most=6) == []
    second = await add(jobs, user=2)
    now += 10
    assert [job.id for job, _ in await queue.changed_positions(most=6)] == [second.id]
