"""Requests and jobs for the queue."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import count
from pathlib import Path

from sqlalchemy import Engine

from bot.domain.image_models.comparisons import with_models
from bot.domain.models import DeliveredMessage, Draft, ImageRequest, Job, Quota, ReplyTo, Requester
from bot.store.queue.claims import ClaimRequest
from bot.store.queue.jobs import JobStore
from bot.store.queue.leases.card_leases import CardStore

interaction_ids = count(1)
DELIVERED = DeliveredMessage(channel_id=1, message_id=1)


def reply_to(interaction_id: int | None = None) -> ReplyTo:
    return ReplyTo(
        interaction_id=interaction_id or next(interaction_ids),
        application_id=1,
        token="token",
        message_id=7,
        ephemeral=False,
        expires_at=900.0,
    )


def from_message(message_id: int) -> ReplyTo:
    """Return the destination of a job from a mention, whose card isn't posted yet."""
    return replace(reply_to(message_id), token=None, message_id=0)


async def add(
    jobs: JobStore,
    user: int = 1,
    amount: int = 1,
    now: float = 0.0,
    to: ReplyTo | None = None,
    *,
    quota: Quota | None = None,
    model: str | None = None,
    compared: Sequence[str] = (),
) -> Job:
    draft = Draft(kind="imagine", request=ImageRequest(prompt="a fox", model=model), count=amount)
    if compared:
        draft = with_models(draft, compared)
    requester = Requester(
        user_id=user, channel_id=2, guild_id=3, locale="zh-CN", guild_locale="en-US", upload_limit=10
    )
    deadline = now + 3600
    job = await jobs.add(draft, requester, to or reply_to(), now=now, deadline=deadline, quota=quota)
    assert job is not None
    return job


async def claim_undelivered(jobs: JobStore, worker: str, *, now: float, lease: float) -> Sequence[Job]:
    """Claim what is to be delivered, and begin nothing."""
    return (await jobs.poll(_idle(worker, now, lease), may_claim=False)).to_deliver


async def next_run_at(jobs: JobStore, *, now: float) -> float | None:
    """Return when a worker that begins nothing now should look at the queue again."""
    return (await jobs.poll(_idle("nobody", now, now + 60), may_claim=False)).next_run_at


def _idle(worker: str, now: float, lease: float) -> ClaimRequest:
    return ClaimRequest(worker=worker, lease=lease, capacity=9, worker_capacity=9, worker_load=0, now=now)


async def ahead(jobs: JobStore, engine: Engine, *ids: int) -> list[tuple[int, int] | None]:
    """Return how many jobs and pictures are ahead of each job; None if it isn't waiting."""
    cards = CardStore(engine, Path())
    members = {job.requester.user_id for job_id in ids if (job := await jobs.get(job_id))}
    open_jobs = [each for user_id in members for each in await cards.open_jobs(user_id, now=1.0)]
    positions = {job.id: (at.ahead, sum(at.pictures.values())) for job, at in open_jobs if at}
    return [positions.get(job_id) for job_id in ids]
