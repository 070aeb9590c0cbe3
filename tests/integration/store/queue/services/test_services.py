"""Each service has its own health, slots and calls: one that is held stops no other one's jobs."""

from __future__ import annotations

import asyncio
from collections import Counter
from dataclasses import replace
from pathlib import Path

from sqlalchemy import Engine, select

from bot.domain.models import Job
from bot.store.db.engine import open_engine
from bot.store.db.tables import jobs as table
from bot.store.db.tables import pool
from bot.store.queue.forecasts.forecast import QueueForecast
from bot.store.queue.jobs import JobStore
from bot.store.queue.leases.card_leases import CardStore
from bot.store.queue.limits import Limits
from bot.store.queue.services.relay_state import RelayState
from tests.support.store.requests import add
from tests.support.store.services import ARK, MODELS

LIMITS = Limits(member_running=2, member_waiting=99, models=MODELS)
CAPACITY = 3


def store(engine: Engine, limits: Limits = LIMITS) -> JobStore:
    return JobStore(engine, Path(), limits)


async def state(engine: Engine) -> RelayState:
    found = RelayState(engine, capacity=CAPACITY)
    await found.register(MODELS.services.names)
    return found


async def claim(jobs: JobStore, now: float = 100) -> list[int]:
    claimed = await jobs.claim("w", capacity=CAPACITY, now=now, lease=now + 60)
    return [job.id for job in claimed]


async def take_down(services: RelayState, service: str, *, at: float) -> None:
    for now in (at - 10, at - 5, at):
        health = await services.record_failure(service, began=now, now=now)
    assert health.is_down


async def add_each(jobs: JobStore, *models: str | None) -> list[Job]:
    """Add a job of another member for each model."""
    return [await add(jobs, user=10 + number, model=model) for number, model in enumerate(models)]


async def test_each_service_draws_as_many_pictures_at_once_as_its_capacity(engine: Engine) -> None:
    jobs = store(engine)
    await add_each(jobs, *["first"] * 5, *["second"] * 5)
    begun = await jobs.claim("w", capacity=CAPACITY, now=100, lease=160)
    models = Counter(job.draft.request.model for job in begun)
    assert models == {"first": 3, "second": 3}
    assert await claim(jobs) == []


async def test_a_busy_service_is_passed_over_and_the_others_keep_their_order(engine: Engine) -> None:
    jobs, services = store(engine), await state(engine)
    added = await add_each(jobs, "second", "first", "second", "first", None, "first")
    await services.record_busy(ARK, began=100, now=100, retry_after=30)
    assert await claim(jobs) == [added[number].id for number in (1, 3, 4)]
    assert await claim(jobs, 129) == []
    # A busy service comes back with fewer pictures at once.
    assert await claim(jobs, 131) == [added[0].id]


async def test_a_service_that_is_down_is_probed_by_one_job_while_the_others_go_on(engine: Engine) -> None:
    jobs, services = store(engine), await state(engine)
    await take_down(services, ARK, at=100)
    added = await add_each(jobs, "second", "second", "narrow", "first", None)
    assert await claim(jobs, 101) == [added[3].id, added[4].id]
    assert await claim(jobs, 106) == [added[0].id]
    assert await claim(jobs, 107) == []
    assert not (await services.health()).is_down
    await services.record_success(ARK, now=108)
    assert await claim(jobs, 108) == [added[1].id, added[2].id]


async def test_the_relay_being_down_stops_the_jobs_without_a_model_alone(engine: Engine) -> None:
    jobs, services = store(engine), await state(engine)
    await take_down(services, "relay", at=100)
    added = await add_each(jobs, None, "first", "forgotten", "second")
    assert await claim(jobs, 101) == [added[3].id]
    assert await claim(jobs, 106) == [added[0].id]


async def test_only_overdue_jobs_of_the_service_that_is_down_fail(engine: Engine) -> None:
    jobs, services = store(engine), await state(engine)
    added = await add_each(jobs, "second", "first")
    await take_down(services, ARK, at=3_700)
    assert await claim(jobs, 3_701) == [added[1].id]
    failed = await jobs.get(added[0].id)
    assert failed is not None and (failed.state, failed.problem) == ("failed", "down")


async def test_jobs_that_wait_for_a_service_do_not_use_up_their_members_limit(engine: Engine) -> None:
    jobs, services = store(engine), await state(engine)
    await services.record_busy(ARK, began=100, now=100, retry_after=30)
    for model in ("second", "second", "second"):
        await add(jobs, user=1, model=model)
    other = await add(jobs, user=1, model="first")
    assert await claim(jobs) == [other.id]


async def test_a_model_has_limits_of_its_own_within_its_service(engine: Engine) -> None:
    jobs = store(engine)
    added = await add_each(jobs, "narrow", "narrow", "narrow", "second", "first")
    assert await claim(jobs) == [added[number].id for number in (0, 1, 3, 4)]
    large = await add(store(engine, replace(LIMITS)), user=99, amount=4, model="narrow")
    assert large.id not in await claim(jobs)


async def test_a_large_job_of_a_limited_model_is_drawn_in_rounds(engine: Engine) -> None:
    jobs = store(engine)
    await add(jobs, amount=4, model="narrow")
    (job,) = await jobs.claim("w", capacity=CAPACITY, now=100, lease=160)
    assert job.abreast == 2
    # Its four calls are all that the model may make in a minute.
    waiting = await add(jobs, user=2, model="narrow")
    meter = jobs.call_meter("w", lambda: 100.0)
    for _ in range(4):
        assert await meter.begin(job, job.draft.request)
    await jobs.requeue(job, "w", run_at=9_999)
    assert await claim(jobs, 101) == [] and await claim(jobs, 162) == [waiting.id]


async def test_calls_a_minute_are_those_of_each_service(engine: Engine) -> None:
    jobs = store(engine, replace(LIMITS, calls_a_minute=4))
    added = await add_each(jobs, None, "second", *["first"] * 5)
    begun = [await claim(jobs, now) for now in (100, 101)]
    assert begun == [[added[number].id for number in (0, 1, 2, 3)], []]
    for job in added[:4]:
        current = await jobs.get(job.id)
        assert current is not None
        assert await jobs.call_meter("w", lambda: 101.0).begin(current, current.draft.request)
        await jobs.mark_failed(current, "w", "unexpected", {})
    assert await claim(jobs, 102) == [added[4].id]
    assert await claim(jobs, 103) == []


async def test_a_worker_with_few_slots_takes_jobs_in_the_order_of_the_queue(engine: Engine) -> None:
    jobs = store(engine)
    added = await add_each(jobs, "second", "first", "second", "first")
    two = await jobs.claim("w", capacity=CAPACITY, now=100, lease=160, worker_capacity=2)
    assert [job.id for job in two] == [added[0].id, added[1].id]


async def test_positions_and_outages_are_those_of_a_jobs_own_service(engine: Engine) -> None:
    jobs, services = store(engine), await state(engine)
    await add_each(jobs, "first", None, "first", "second")
    mine = await add(jobs, user=1, model="narrow")
    other = await add(jobs, user=1, model="first")
    await take_down(services, "relay", at=90)
    cards = CardStore(engine, Path(), MODELS.services)
    places = {
        job.id: (at.ahead, sum(at.pictures.values()), at.down)
        for job, at in await cards.open_jobs(1, now=100)
        if at is not None
    }
    assert places == {mine.id: (1, 1, False), other.id: (3, 3, True)}
    leased = (await cards.lease([mine.id], clock=lambda: 100, seconds=5))[mine.id]
    assert (leased.ahead, leased.down) == (1, False)


async def test_start_times_are_estimated_for_the_jobs_own_service(engine: Engine) -> None:
    jobs, services = store(engine), await state(engine)
    await add_each(jobs, "first", "first", "second")
    await jobs.claim("w", capacity=CAPACITY, now=100, lease=160)
    await services.record_busy(ARK, began=100, now=100, retry_after=50)
    forecast = QueueForecast(engine, LIMITS, capacity=CAPACITY)
    ark, relay = [await forecast.snapshot(service, now=101) for service in (ARK, "relay")]
    assert (ark.free_at, ark.slots, len(ark.running), len(ark.elsewhere)) == (150, 1, 1, 2)
    assert (relay.free_at, relay.slots, len(relay.running), len(relay.elsewhere)) == (0, 3, 2, 1)


async def test_services_are_registered_once(engine: Engine) -> None:
    await state(engine)
    await state(engine)
    with engine.connect() as connection:
        rows = connection.execute(select(pool.c.service).order_by(pool.c.id))
        assert list(rows.scalars()) == ["relay", ARK]


async def test_two_processes_together_keep_each_services_limits(postgres_url: str) -> None:
    async with open_engine(postgres_url) as one, open_engine(postgres_url) as two:
        stores = [store(engine) for engine in (one, two)]
        models = ["first", "second", "narrow", None]
        for number in range(40):
            await add(stores[0], user=100 + number, amount=1 + number % 3, model=models[number % 4])
        claims = (
            each.claim(f"w{n}", capacity=CAPACITY, now=1, lease=99) for n, each in enumerate(stores * 4)
        )
        await asyncio.gather(*claims)
        running: Counter[str] = Counter()
        with one.connect() as connection:
            rows = connection.execute(
                select(table.c.model, table.c.abreast).where(table.c.state == "running")
            )
            for model, abreast in rows:
                running[MODELS.services.of(model)] += abreast
                running[model or ""] += abreast
        assert 0 < running["relay"] <= CAPACITY and 0 < running[ARK] <= CAPACITY
        assert running["narrow"] <= 2
