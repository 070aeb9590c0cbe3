"""Answers: an answer that a late edit covered is delivered once more, and counts once."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import Engine

from bot.domain.daily_limits import DailyLimits
from bot.domain.errors import RuleBroken
from bot.domain.models import DeliveredMessage, Job, Picture
from bot.store.queue.jobs import JobStore
from bot.store.queue.limits import Limits
from tests.support.store.requests import add, claim_undelivered

CARD = DeliveredMessage(channel_id=2, message_id=7)


@pytest.fixture
def picture(tmp_path: Path) -> Picture:
    return Picture(path=tmp_path / "spool" / "1" / "a.png", format="png", width=1, height=1)


async def claimed(jobs: JobStore) -> Job:
    await add(jobs)
    (job,) = await jobs.claim("w", capacity=1, now=0, lease=60)
    return job


async def drawn(jobs: JobStore, picture: Picture) -> Job:
    job = await jobs.mark_drawn(await claimed(jobs), "w", [picture], now=5)
    assert job is not None
    return job


async def test_a_covered_answer_can_be_delivered_again_by_any_worker(
    jobs: JobStore, picture: Picture
) -> None:
    job = await drawn(jobs, picture)
    assert await jobs.finish(job, "w", CARD, now=6, kept=["1/a.png"])
    assert await claim_undelivered(jobs, "v", now=7, lease=60) == []
    assert await jobs.reopen(job, now=8) == "done"
    (again,) = await claim_undelivered(jobs, "v", now=9, lease=60)
    assert (again.state, again.answered, again.pictures) == ("drawn", True, (picture,))
    assert again.reply_to == job.reply_to
    assert await jobs.finish(again, "v", CARD, now=10)
    done = await jobs.get(job.id)
    assert done is not None and done.reply_to is None and done.kept == ("1/a.png",)


async def test_a_covered_refusal_can_be_delivered_again(jobs: JobStore) -> None:
    job = await jobs.mark_failed(await claimed(jobs), "w", "prompt-blocked", {})
    assert job is not None and await jobs.finish(job, "w", CARD, now=6)
    await jobs.reopen(job, now=8)
    (again,) = await claim_undelivered(jobs, "v", now=9, lease=60)
    assert (again.state, again.problem) == ("failed", "prompt-blocked")


async def test_an_answer_that_was_covered_during_its_delivery_is_not_recorded(
    jobs: JobStore, picture: Picture
) -> None:
    job = await drawn(jobs, picture)
    assert await jobs.reopen(job, now=6) == "drawn"
    assert not await jobs.finish(job, "w", CARD, now=7)
    current = await jobs.get(job.id)
    assert current is not None and not current.answered
    assert await jobs.finish(current, "w", CARD, now=8)


async def test_a_job_without_an_answer_in_its_card_is_left_as_it_is(jobs: JobStore, picture: Picture) -> None:
    job = await claimed(jobs)
    assert await jobs.reopen(job, now=1) == "running"
    in_channel = await jobs.mark_drawn(job, "w", [picture], now=5)
    assert in_channel is not None
    assert await jobs.finish(in_channel, "w", DeliveredMessage(channel_id=2, message_id=99), now=6)
    assert await jobs.reopen(job, now=8) == "done"
    cancelled = await add(jobs)
    await jobs.cancel(cancelled.id, now=9)
    assert await jobs.reopen(cancelled, now=10) == "cancelled"
    assert await jobs.reopen(replace(job, id=999), now=10) is None
    assert await claim_undelivered(jobs, "v", now=99, lease=160) == []


async def test_pictures_that_were_not_drawn_are_given_back_once(
    engine: Engine, picture: Picture, tmp_path: Path
) -> None:
    limited = JobStore(engine, tmp_path / "spool", Limits(daily=DailyLimits(member=4)))
    await add(limited, amount=4)
    (job,) = await limited.claim("w", capacity=4, now=0, lease=60)
    part = await limited.mark_drawn(job, "w", [picture] * 3, now=5, problem="result-blocked")
    assert part is not None and await limited.finish(part, "w", CARD, now=6)
    await limited.reopen(part, now=8)
    (again,) = await claim_undelivered(limited, "v", now=9, lease=60)
    assert await limited.finish(again, "v", CARD, now=10)
    await add(limited, amount=1)
    with pytest.raises(RuleBroken):
        await add(limited, amount=1)
