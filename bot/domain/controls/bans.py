"""Members and servers of whom the operator accepts no requests."""

from __future__ import annotations

import math
from dataclasses import dataclass

from bot.domain.controls.acts import Target
from bot.domain.errors import RuleBroken


@dataclass(frozen=True, slots=True, kw_only=True)
class Ban:
    """A ban since ``at``, for good unless there is an ``until``; in seconds since the epoch."""

    target: Target
    at: float
    until: float | None = None
    reason: str = ""


def ban_refusal(ban: Ban) -> RuleBroken:
    """Return what somebody is told who is banned, or whose server is: until when and why."""
    because = {"because": ban.reason} if ban.reason else {}
    server = ban.target.kind == "server"
    if ban.until is None:
        return RuleBroken("server-banned" if server else "member-banned", **because)
    until = math.ceil(ban.until)
    return RuleBroken("server-banned-until" if server else "member-banned-until", until=until, **because)
