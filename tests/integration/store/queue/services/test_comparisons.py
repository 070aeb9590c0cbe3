"""A comparison takes slots and calls of each service that it uses, and waits for none that is down."""

from __future__ import annotations

import asyncio
from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import Engine, select

from bot.domain.errors import RuleBroken
from bot.domain.image_models.comparisons import with_models
from bot.domain.models import Draft, ImageRequest, Job, Picture, Quota, Requester, Slots
from bot.domain.request_rules import relay_request
from bot.store.db.engine import open_engine
from bot.store.db.tables import jobs as table
from bot.store.queue.jobs import JobStore
from bot.store.queue.limits import Limits
from bot.store.queue.services.relay_state import RelayState
from tests.support.store.requests import DELIVERED, add, reply_to
from tests.support.store.services import ARK, MODELS

LIMITS = Limits(member_running=2, member_waiting=99, models=MODELS)
CAPACITY = 2
BOTH, THREE = ("first", "second"), ("first", "second", "narrow")


def store(engine: Engine, **limits: int) -> JobStore:
    return JobStore(engine, Path(), replace(LIMITS, **limits))


async def services_of(engine: Engine, *down: str, at: float = 100) -> RelayState:
    found = RelayState(engine, capacity=CAPACITY)
    await found.register(MODELS.services.names)
    for service in down:
        for now in (at - 10, at - 5, at):
            await found.record_failure(service, began=now, now=now)
    return found


async def begun(jobs: JobStore, now: float = 101, **own: int) -> dict[int, Slots | int]:
    """Claim, and return the slots of comparisons and how many pictures of others are drawn at once."""
    claimed = await jobs.claim("w", capacity=CAPACITY, now=now, lease=now + 60, **own)
    return {job.id: job.slots or job.abreast for job in claimed}


async def begin_call(jobs: JobStore, job: Job, model: str, now: float = 101) -> bool:
    meter = jobs.call_meter("w", lambda: now)
    return await meter.begin(job, replace(relay_request(job.draft), model=model))


async def test_each_service_gives_its_own_slots(engine: Engine) -> None:
    jobs = store(engine)
    compared = await add(jobs, compared=THREE)
    others = [await add(jobs, user=9 + number, model=model) for number, model in enumerate(BOTH)]
    assert await begun(jobs) == {compared.id: (("first",), ("second",), ("narrow",)), others[0].id: 1}
    assert (await jobs.get(compared.id) or compared).abreast == 3


async def test_a_comparison_waits_for_the_fullest_of_its_services_and_keeps_its_place(engine: Engine) -> None:
    jobs = store(engine)
    full = [await add(jobs, user=2 + number, model="second") for number in range(2)]
    assert await begun(jobs) == {job.id: 1 for job in full}
    compared = await add(jobs, compared=BOTH)
    behind = [await add(jobs, user=9 + number, model="first") for number in range(2)]
    # One slot of the relay is kept for it.
    assert await begun(jobs) == {behind[0].id: 1}
    await jobs.mark_failed(full[0], "w", "unexpected", {})
    assert await begun(jobs) == {compared.id: (("first",), ("second",))}


async def test_a_comparison_begins_without_a_service_that_is_down(engine: Engine) -> None:
    jobs = store(engine)
    await services_of(engine, "relay")
    compared = await add(jobs, compared=THREE)
    await add(jobs, user=2, model="first")
    assert await begun(jobs) == {compared.id: (("second",), ("narrow",))}


async def test_a_comparison_is_the_probe_where_it_comes_first(engine: Engine) -> None:
    jobs = store(engine)
    await services_of(engine, ARK)
    compared = await add(jobs, compared=BOTH)
    other = await add(jobs, user=2, compared=BOTH)
    assert await begun(jobs, 106) == {compared.id: (("first",), ("second",)), other.id: (("first",),)}


async def test_a_comparison_whose_services_are_all_down_fails_at_its_deadline(engine: Engine) -> None:
    jobs = store(engine)
    await services_of(engine, ARK, at=3_700)
    alone = await add(jobs, compared=("second", "narrow"))
    mixed = await add(jobs, user=2, compared=BOTH)
    assert await begun(jobs, 3_701) == {mixed.id: (("first",),)}
    failed = await jobs.get(alone.id)
    assert failed is not None and (failed.state, failed.problem) == ("failed", "down")


async def test_a_comparison_waits_for_a_busy_service_and_holds_up_no_other(engine: Engine) -> None:
    jobs, services = store(engine), await services_of(engine)
    await services.record_busy(ARK, began=100, now=100, retry_after=30)
    compared = await add(jobs, compared=BOTH)
    behind = [await add(jobs, user=9 + number, model="first") for number in range(2)]
    assert await begun(jobs) == {job.id: 1 for job in behind}
    for job in behind:
        await jobs.mark_failed(job, "w", "unexpected", {})
    assert await begun(jobs, 131) == {compared.id: (("first",), ("second",))}


async def test_calls_are_reserved_and_counted_by_model(engine: Engine) -> None:
    jobs = store(engine, calls_a_minute=4)
    compared = await add(jobs, compared=("second", "first"))
    (job,) = await jobs.claim("w", capacity=9, now=100, lease=160)
    assert job.id == compared.id and await begin_call(jobs, job, "first")
    more = [await add(jobs, user=9 + number, amount=4, model=model) for number, model in enumerate(BOTH)]
    last = await add(jobs, user=20, amount=3, model="second")
    # A call of the relay is made, one of the Ark is reserved: neither has four left.
    assert [each.id for each in await jobs.claim("w", capacity=9, now=102, lease=162)] == []
    assert await begin_call(jobs, job, "second", 103)
    await jobs.mark_failed(job, "w", "unexpected", {})
    assert await jobs.claim("w", capacity=9, now=104, lease=164) == []
    # The first call is a minute old, then the second.
    assert [each.id for each in await jobs.claim("w", capacity=9, now=163, lease=223)] == [more[0].id]
    assert [each.id for each in await jobs.claim("w", capacity=9, now=165, lease=225)] == [more[1].id]
    assert (await jobs.get(last.id) or last).state == "waiting"


async def test_what_is_drawn_already_is_reserved_no_longer(engine: Engine) -> None:
    jobs = store(engine, calls_a_minute=4)
    await add(jobs, compared=THREE)
    (job,) = await jobs.claim("w", capacity=CAPACITY, now=100, lease=160)
    assert await jobs.call_meter("w", lambda: 100.0).reserve(job, 1, ["narrow"])
    others = [await add(jobs, user=9 + number, amount=2, model=model) for number, model in enumerate(BOTH)]
    assert await begun(jobs) == {others[0].id: 2}
    assert not await jobs.call_meter("other", lambda: 100.0).reserve(job, 0, [])


async def test_a_model_that_failed_for_good_is_not_waited_for(engine: Engine) -> None:
    jobs, services = store(engine), await services_of(engine)
    compared = await add(jobs, compared=BOTH)
    (job,) = await jobs.claim("w", capacity=CAPACITY, now=100, lease=160)
    await jobs.requeue(replace(job, facts={"failed-1": "blocked"}), "w", run_at=101)
    await services.record_failure("relay", began=101, now=101)
    assert await begun(jobs) == {compared.id: (("second",),)}


async def test_a_worker_with_few_slots_draws_models_one_after_another(engine: Engine) -> None:
    jobs = store(engine)
    compared = await add(jobs, compared=THREE)
    assert await begun(jobs, worker_capacity=2) == {compared.id: (("first",), ("second", "narrow"))}
    behind = [await add(jobs, user=9 + number, model="second") for number in range(2)]
    assert await begun(jobs) == {behind[0].id: 1}


async def test_many_held_comparisons_hide_no_job_behind_them(engine: Engine) -> None:
    jobs, services = store(engine), await services_of(engine)
    await services.record_busy(ARK, began=100, now=100, retry_after=30)
    for number in range(20):
        await add(jobs, user=100 + number, compared=BOTH if number % 2 else ("narrow", "first"))
    behind = await add(jobs, user=1, model="first")
    assert await begun(jobs) == {behind.id: 1}


async def submit_weighted(jobs: JobStore, *weights: int, quota: Quota) -> Job | None:
    """Submit a comparison whose pictures count as different numbers of pictures."""
    draft = with_models(Draft(kind="imagine", request=ImageRequest(prompt="a fox")), THREE[: len(weights)])
    weighted = (replace(one, weight=weight) for one, weight in zip(draft.compared, weights, strict=True))
    member = Requester(user_id=1, channel_id=2, guild_id=3, locale="en", guild_locale=None, upload_limit=10)
    return await jobs.add(
        replace(draft, compared=tuple(weighted)), member, reply_to(), now=10, deadline=3_600, quota=quota
    )


def picture(number: int) -> Picture:
    return Picture(path=Path(f"1/{number}-a.png"), format="png", width=1, height=1)


@pytest.mark.parametrize(
    ("drawn", "counted"), [((1, 2, 3), 9), ((2,), 3), ((1, 3), 6)], ids=["all", "second", "without second"]
)
async def test_a_quota_counts_what_was_drawn_by_its_weight(
    engine: Engine, drawn: tuple[int, ...], counted: int
) -> None:
    jobs, quota = store(engine), Quota(allowed=10, since=0, until=86_400)
    await submit_weighted(jobs, 1, 3, 5, quota=quota)
    with pytest.raises(RuleBroken):
        await submit_weighted(jobs, 1, 3, quota=replace(quota, allowed=12))
    (job,) = await jobs.claim("w", capacity=9, now=101, lease=161)
    done = await jobs.mark_drawn(job, "w", [picture(number) for number in drawn], now=102)
    assert done is not None and await jobs.finish(done, "w", DELIVERED, now=103)
    left = 12 - counted
    with pytest.raises(RuleBroken):
        await submit_weighted(jobs, 1, left, quota=replace(quota, allowed=12))
    assert await submit_weighted(jobs, 1, left - 1, quota=replace(quota, allowed=12)) is not None


async def test_a_cancelled_comparison_counts_in_full_once_its_calls_are_made(engine: Engine) -> None:
    jobs, quota = store(engine), Quota(allowed=5, since=0, until=86_400)
    job = await submit_weighted(jobs, 1, 4, quota=quota)
    assert job is not None
    await jobs.cancel(job.id, now=11)
    job = await submit_weighted(jobs, 1, 4, quota=quota)
    assert job is not None
    await jobs.claim("w", capacity=9, now=101, lease=161)
    await jobs.cancel(job.id, now=102)
    with pytest.raises(RuleBroken):
        await add(jobs, quota=quota)


async def test_two_processes_together_keep_each_services_limits(postgres_url: str) -> None:
    async with open_engine(postgres_url) as one, open_engine(postgres_url) as two:
        stores = [store(engine, calls_a_minute=6) for engine in (one, two)]
        choices = [BOTH, THREE, ("narrow", "second"), ("narrow", "first")]
        for number in range(40):
            compared = choices[number % 4] if number % 3 else ()
            await add(stores[0], user=100 + number, compared=compared, model=None if compared else "first")
        claims = (
            each.claim(f"w{n}", capacity=CAPACITY, now=1, lease=99) for n, each in enumerate(stores * 4)
        )
        await asyncio.gather(*claims)
        taken = await asyncio.to_thread(_taken, one)
    assert 0 < taken["relay"] <= CAPACITY and 0 < taken[ARK] <= CAPACITY and taken["narrow"] <= 2


def _taken(engine: Engine) -> Counter[str]:
    """Count the slots in use by service, and those of the narrow model."""
    taken: Counter[str] = Counter()
    running = select(table.c.model, table.c.abreast, table.c.reserved).where(table.c.state == "running")
    with engine.connect() as connection:
        for model, abreast, reserved in connection.execute(running):
            slots = reserved["slots"] if reserved else [[model]] * abreast
            for slot in slots:
                taken.update({MODELS.services.of(each) for each in slot} | ({"narrow"} & set(slot)))
    return taken
