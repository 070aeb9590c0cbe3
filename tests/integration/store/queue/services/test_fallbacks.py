"""Waiting jobs move to another model while their service is down: forward only, and at no higher cost."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import Engine, update

from bot.domain.image_models.fallbacks import Fallback
from bot.domain.models import Draft, ImageRequest, Job, Requester
from bot.store.db.tables import jobs as table
from bot.store.queue.jobs import JobStore
from bot.store.queue.limits import Limits
from bot.store.queue.services.relay_state import RelayState
from tests.support.store.daily_limits import used
from tests.support.store.requests import reply_to
from tests.support.store.services import ARK, MODELS

PLAIN = Fallback(model="first", ratio="1:1", size="1K", weight=1)
BACK = Fallback(model="narrow", ratio="16:9", size="2K", weight=1)


async def submit(jobs: JobStore, *fallbacks: Fallback, now: float = 100) -> Job:
    draft = Draft(kind="imagine", request=ImageRequest(prompt="a fox", ratio="16:9", model="second"), count=2)
    member = Requester(user_id=1, channel_id=2, guild_id=3, locale="en", guild_locale=None, upload_limit=10)
    job = await jobs.add(
        draft, member, reply_to(), now=now, deadline=now + 3600, weight=3, fallbacks=fallbacks
    )
    assert job is not None
    return job


async def take_down(engine: Engine, service: str, *, at: float = 100) -> None:
    services = RelayState(engine, capacity=4)
    await services.register(MODELS.services.names)
    for now in (at - 10, at - 5, at):
        await services.record_failure(service, began=now, now=now)


def store(engine: Engine) -> JobStore:
    return JobStore(engine, Path(), Limits(models=MODELS))


async def test_jobs_move_only_while_their_service_is_held(engine: Engine) -> None:
    jobs = store(engine)
    await submit(jobs, PLAIN)
    assert await jobs.use_fallbacks(now=100) == 0
    await take_down(engine, ARK)
    # The first of them is the probe.
    assert await jobs.use_fallbacks(now=106) == 0
    assert await jobs.use_fallbacks(now=101) == 1
    assert await jobs.use_fallbacks(now=101) == 0


async def test_a_moved_job_is_drawn_by_the_other_model_and_keeps_what_was_asked_for(engine: Engine) -> None:
    jobs = store(engine)
    await submit(jobs, PLAIN)
    await take_down(engine, ARK)
    await jobs.use_fallbacks(now=101)
    (job,) = await jobs.claim("w", capacity=4, now=101, lease=160)
    request = job.draft.request
    assert (request.model, request.ratio, request.size) == ("first", "1:1", "1K")
    assert job.facts == {"asked_model": "second", "asked_ratio": "16:9", "asked_size": "2K", "fell_back": 1}


async def test_a_lighter_model_gives_the_difference_back(engine: Engine) -> None:
    jobs = store(engine)
    job = await submit(jobs, PLAIN)
    assert await used(engine, now=100) == {"member": 6, "server": 6, "total": 6}
    await take_down(engine, ARK)
    await jobs.use_fallbacks(now=101)
    assert await used(engine, now=100) == {"member": 2, "server": 2, "total": 2}
    await jobs.cancel(job.id, now=102)
    assert await used(engine, now=100) == {"member": 0, "server": 0, "total": 0}


async def test_a_service_that_is_down_too_is_passed_over_and_no_job_moves_back(engine: Engine) -> None:
    jobs = store(engine)
    job = await submit(jobs, BACK, PLAIN)
    await take_down(engine, ARK)
    await jobs.use_fallbacks(now=101)
    moved = await jobs.get(job.id)
    assert moved is not None and moved.draft.request.model == "first"
    await RelayState(engine, capacity=4).record_success(ARK, now=102)
    await take_down(engine, "relay", at=110)
    assert await jobs.use_fallbacks(now=111) == 0


async def test_jobs_without_a_fallback_or_with_pictures_on_their_card_stay(engine: Engine) -> None:
    jobs = store(engine)
    await submit(jobs)
    begun = await submit(jobs, PLAIN)
    with engine.begin() as connection:
        connection.execute(update(table).where(table.c.id == begun.id).values(shown=[{"number": 1}]))
    await take_down(engine, ARK)
    assert await jobs.use_fallbacks(now=101) == 0
