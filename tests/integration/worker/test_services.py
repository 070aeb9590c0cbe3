"""A provider that is killed under load: the others go on as before, and nothing is lost."""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from pathlib import Path

import pytest
from sqlalchemy import Engine

from bot.domain.errors import RelayUnavailable
from bot.domain.image_models.fallbacks import Fallback
from bot.domain.models import Draft, ImageRequest, Picture, Requester
from bot.pictures.originals import open_originals
from bot.store.personal_data import PersonalDataStore
from bot.store.queue.jobs import JobStore
from bot.store.queue.limits import Limits
from bot.store.queue.services.relay_state import RelayState
from bot.telemetry.log_context import current_fields
from tests.support.runner_harness import RunnerHarness, ScriptedRelay, until
from tests.support.store.requests import reply_to
from tests.support.store.services import ARK, MODELS

CAPACITY = 4
PLAIN = Fallback(model="first", ratio="1:1", size="2K", weight=1)


class TwoServices(ScriptedRelay):
    """Draws at once, except for the Ark's models while that is killed: those fail, or hang."""

    killed = False
    hang: asyncio.Event | None = None

    async def generate(self, request: ImageRequest, into: Path) -> Picture:
        if request.model == "second" and self.killed:
            if self.hang is not None:
                await self.hang.wait()
            raise RelayUnavailable("killed")
        return await super().generate(request, into)


@pytest.fixture
async def harness(harness: RunnerHarness, tmp_path: Path) -> RunnerHarness:
    """The harness on the same database, with two services."""
    engine: Engine = harness.jobs._engine  # pyright: ignore[reportPrivateUsage]  # no other way to it
    state = RelayState(engine, capacity=CAPACITY)
    await state.register(MODELS.services.names)
    limits = Limits(member_running=99, member_waiting=99, models=MODELS)
    originals = open_originals((tmp_path / "originals").as_uri())
    spool = tmp_path / "spool"
    records = PersonalDataStore(engine)
    return RunnerHarness(
        JobStore(engine, spool, limits), spool, originals, state, records, relay=TwoServices()
    )


async def submit(harness: RunnerHarness, model: str, *fallbacks: Fallback) -> None:
    member = Requester(user_id=1, channel_id=2, guild_id=3, locale="en", guild_locale=None, upload_limit=10)
    draft = Draft(kind="imagine", request=ImageRequest(prompt="a fox", model=model))
    to, deadline = reply_to(), harness.now + 3600
    await harness.jobs.add(draft, member, to, now=harness.now, deadline=deadline, fallbacks=fallbacks)


def delivered(harness: RunnerHarness) -> Counter[str | None]:
    """Return how many pictures each model drew."""
    return Counter(job.draft.request.model for job in harness.delivery.delivered if job.pictures)


class ProviderFilter(logging.Filter):
    """Collects the field "provider" of the lines that it sees."""

    def __init__(self) -> None:
        super().__init__()
        self.seen: list[object] = []

    def filter(self, record: logging.LogRecord) -> bool:
        self.seen.append(current_fields().get("provider"))
        return True


async def pass_time(harness: RunnerHarness, seconds: int) -> None:
    for _ in range(seconds):
        harness.now += 1
        harness.runner.tick()
        await harness.wait_until_idle()


async def test_a_killed_provider_stops_no_other_and_loses_nothing(harness: RunnerHarness) -> None:
    relay = harness.relay
    assert isinstance(relay, TwoServices)
    relay.killed = True
    for number in range(40):
        await submit(harness, "second" if number % 2 else "first")
    await harness.run_until_idle()
    assert delivered(harness) == {"first": 20}
    await pass_time(harness, 20)
    assert (await harness.relay_state.health(ARK)).is_down
    assert not (await harness.relay_state.health()).is_down
    for _ in range(20):
        await submit(harness, "first")
    await harness.run_until_idle()
    assert delivered(harness) == {"first": 40}
    relay.killed = False
    await pass_time(harness, 120)
    assert delivered(harness) == {"first": 40, "second": 20}
    assert not await harness.jobs.open_ids()


async def test_a_provider_that_does_not_answer_takes_no_slots_of_the_others(harness: RunnerHarness) -> None:
    relay = harness.relay
    assert isinstance(relay, TwoServices)
    relay.killed, relay.hang = True, asyncio.Event()
    for _ in range(9):
        await submit(harness, "second")
    for _ in range(12):
        await submit(harness, "first")
    harness.runner.pump()
    await until(lambda: delivered(harness)["first"] == 12)
    assert delivered(harness) == {"first": 12}
    relay.killed = False
    relay.hang.set()
    await harness.wait_until_idle()
    await pass_time(harness, 20)
    assert delivered(harness) == {"first": 12, "second": 9}


async def test_jobs_of_a_killed_provider_are_drawn_by_their_fallback(harness: RunnerHarness) -> None:
    relay = harness.relay
    assert isinstance(relay, TwoServices)
    relay.killed = True
    for _ in range(4):
        await submit(harness, "second", PLAIN)
    await harness.run_until_idle()
    await pass_time(harness, 10)
    assert delivered(harness) == {"first": 4}
    assert {job.facts["asked_model"] for job in harness.delivery.delivered} == {"second"}


async def test_lines_about_a_drawing_name_its_service(
    harness: RunnerHarness, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    filter_, logger = ProviderFilter(), "bot.worker.outcomes"
    caplog.set_level(logging.INFO, logger)
    logging.getLogger(logger).addFilter(filter_)
    monkeypatch.setattr(harness.relay, "killed", True)
    await submit(harness, "second")
    await pass_time(harness, 2)
    logging.getLogger(logger).removeFilter(filter_)
    assert set(filter_.seen) == {ARK}
