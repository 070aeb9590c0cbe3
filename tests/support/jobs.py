"""Jobs that need no store."""

from __future__ import annotations

from typing import Any

from bot.domain.models import Draft, ImageRequest, Job, Requester


def make_job(user_id: int = 1, channel_id: int = 2, **changes: Any) -> Job:
    """Return a finished job for "a fox" in a server; ``changes`` are fields of the job."""
    requester = Requester(
        user_id=user_id, channel_id=channel_id, guild_id=3, locale="en", guild_locale=None, upload_limit=10
    )
    fields: dict[str, Any] = {
        "id": 5,
        "draft": Draft(kind="imagine", request=ImageRequest(prompt="a fox")),
        "requester": requester,
        "reply_to": None,
        "message_id": 7,
        "state": "done",
        "created_at": 0,
        "attempts": 1,
        "deadline": 1,
        "started_at": 0,
        "drawn_at": 1,
    }
    return Job(**{**fields, **changes})
