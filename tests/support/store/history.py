"""Finished jobs for the history."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

from bot.domain.models import (
    DeliveredMessage,
    Draft,
    ImageRequest,
    JobKind,
    Parent,
    Picture,
    Quota,
    Requester,
    Style,
)
from bot.store.queue.jobs import JobStore
from tests.support.store.requests import reply_to


async def add_finished_job(
    jobs: JobStore,
    *,
    prompt: str = "a fox",
    user: int = 1,
    channel: int = 2,
    guild: int | None = 3,
    style: Style | None = None,
    pictures: int = 1,
    now: float = 0.0,
    ephemeral: bool = False,
    quota: Quota | None = None,
    kind: JobKind = "imagine",
    parent: Parent | None = None,
    **requester: Any,
) -> int:
    """Add a job, run it to its end, and return its id."""
    draft = Draft(kind=kind, request=ImageRequest(prompt=prompt), style=style, parent=parent)
    member = Requester(
        user_id=user,
        channel_id=channel,
        guild_id=guild,
        locale="en-US",
        guild_locale=None,
        upload_limit=10,
        **requester,
    )
    destination = replace(reply_to(), ephemeral=ephemeral)
    job = await jobs.add(draft, member, destination, now=now, deadline=now + 3600, quota=quota)
    assert job is not None
    (claimed,) = await jobs.claim("w", capacity=9, now=now + 1, lease=9e9)
    assert claimed.id == job.id
    # The picture's path must be inside the spool of the job store.
    spool = jobs._spool  # pyright: ignore[reportPrivateUsage]  # see above
    drawn = await jobs.mark_drawn(claimed, "w", [_picture(spool)] * pictures, now=now + 2)
    assert drawn is not None
    assert await jobs.finish(
        drawn, "w", DeliveredMessage(channel_id=channel, message_id=job.id + 100), now=now + 3
    )
    return job.id


def _picture(spool: Path) -> Picture:
    return Picture(path=spool / "1" / "a.png", format="png", width=1, height=1)
