"""Pauses and the audit, and members' public results."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import Engine

from bot.domain.guild_settings import Pause
from bot.domain.models import Draft, ImageRequest, Job, Picture, Requester
from bot.domain.requests.cancellation import BY_ASKER
from bot.domain.requests.history_filter import HistoryFilter
from bot.store.history import HistoryStore
from bot.store.moderation import ModerationStore
from bot.store.queue.jobs import JobStore
from tests.support.store.audit import audit_entries
from tests.support.store.requests import DELIVERED, interaction_ids, reply_to

SPOOL = Path("spool")
GUILD, OTHER_GUILD, MEMBER, MODERATOR = 3, 4, 1, 9
REQUESTER = Requester(
    user_id=MEMBER, channel_id=2, guild_id=GUILD, locale="en", guild_locale=None, upload_limit=1
)


@pytest.fixture
def jobs(engine: Engine) -> JobStore:
    return JobStore(engine, SPOOL)


@pytest.fixture
def store(engine: Engine) -> ModerationStore:
    return ModerationStore(engine)


async def test_a_pause_applies_to_its_server_until_it_ends(engine: Engine, store: ModerationStore) -> None:
    pause = Pause(user_id=MEMBER, until=100, by_id=MODERATOR, reason="spam")
    await store.pause(GUILD, pause, now=1)
    assert await store.active_pause(GUILD, MEMBER, now=99) == pause
    assert await store.active_pause(GUILD, MEMBER, now=100) is None
    assert await store.active_pause(OTHER_GUILD, MEMBER, now=99) is None
    assert await audit_entries(engine, GUILD) == [
        (MODERATOR, MEMBER, {"pause": {"until": 100, "reason": "spam"}})
    ]


async def test_the_later_of_two_pauses_applies_even_if_concurrent(store: ModerationStore) -> None:
    pauses = [Pause(user_id=MEMBER, until=until, by_id=MODERATOR) for until in (100, 200)]
    await asyncio.gather(*(store.pause(GUILD, pause, now=1) for pause in pauses))
    assert await store.active_pause(GUILD, MEMBER, now=2) in pauses
    await store.pause(GUILD, pauses[0], now=3)
    assert await store.active_pause(GUILD, MEMBER, now=4) == pauses[0]


async def test_a_pause_is_lifted_once(engine: Engine, store: ModerationStore) -> None:
    await store.pause(GUILD, Pause(user_id=MEMBER, until=100, by_id=MODERATOR), now=1)
    assert await store.unpause(GUILD, MEMBER, by_id=8, now=2)
    assert not await store.unpause(GUILD, MEMBER, by_id=8, now=3)
    assert await store.active_pause(GUILD, MEMBER, now=4) is None
    assert (await audit_entries(engine, GUILD))[0] == (8, MEMBER, {"lift": {}})


async def add_finished_job(
    jobs: JobStore, requester: Requester, *, ephemeral: bool = False, prompt: str = "a fox"
) -> Job:
    draft = Draft(kind="imagine", request=ImageRequest(prompt=prompt))
    to = replace(reply_to(next(interaction_ids)), ephemeral=ephemeral)
    assert await jobs.add(draft, requester, to, now=1, deadline=9)
    (job,) = await jobs.claim("w", capacity=9, now=1, lease=60)
    picture = Picture(path=SPOOL / "1.png", format="png", width=1, height=1)
    await jobs.mark_drawn(job, "w", [picture], now=2)
    told = replace(DELIVERED, channel_id=requester.channel_id)
    await jobs.finish(job, "w", told, now=3, kept=[f"{job.id}/1.png"])
    return job


async def test_only_public_results_of_that_server_are_listed(jobs: JobStore, engine: Engine) -> None:
    history = HistoryStore(engine, SPOOL)
    fox = await add_finished_job(jobs, REQUESTER)
    owl = await add_finished_job(jobs, replace(REQUESTER, channel_id=5), prompt="an owl")
    for other in (
        replace(REQUESTER, guild_id=OTHER_GUILD),
        replace(REQUESTER, guild_id=None),
        replace(REQUESTER, guest=True),
        replace(REQUESTER, user_id=7),
    ):
        await add_finished_job(jobs, other)
    await add_finished_job(jobs, REQUESTER, ephemeral=True)
    assert await history.public_channels(MEMBER, GUILD) == {2, 5}

    async def seen(*channels: int, search: str = "") -> list[int]:
        found = await history.public_results(
            MEMBER, GUILD, channels, HistoryFilter(search=search), page=0, size=9
        )
        assert found.total == len(found.jobs)
        return [job.id for job in found.jobs]

    assert await seen(2, 5) == [owl.id, fox.id]
    assert await seen(2) == [fox.id]
    assert await seen() == []
    assert await seen(2, 5, search="OWL") == [owl.id]


async def test_stored_originals_can_be_cleared(jobs: JobStore, engine: Engine) -> None:
    job = await add_finished_job(jobs, REQUESTER)
    await HistoryStore(engine, SPOOL).mark_deleted(job, BY_ASKER, now=1)
    found = await jobs.get(job.id)
    assert found is not None and found.kept == () and len(found.pictures) == 1
