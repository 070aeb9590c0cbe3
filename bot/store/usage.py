"""Members' usage and the limits on it, computed from the jobs themselves.

There are no counters that could drift: a job that failed, was refused or was cancelled while it waited has no
pictures, which refunds them. A job that its member cancels while it runs is charged.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, and_, case, func, select

from bot.domain.errors import RuleBroken
from bot.domain.models import Quota
from bot.store.db.tables import jobs, pauses, spent

REFUSALS = ("prompt-blocked", "reference-blocked", "blocked")
"""Problems that count as a strike; a blocked result doesn't, as it depends on chance."""
STRIKES, COOLDOWN = 5, 3600.0
"""A member with this many strikes within this many seconds must wait until the first is that old."""
_LONGEST_WAIT = 86_400.0
"""Seconds after which no job is started any more."""


def pictures_query(user_id: int, guild_id: int | None, since: float) -> Select[Any]:
    """Sum a member's pictures in a server since a moment: drawn ones, and those of open jobs.

    Relaxed jobs are beyond the quota and don't count; otherwise they would use up what is refunded.
    """
    open_ = jobs.c.state.in_(("waiting", "running"))
    charged = case((open_, jobs.c.amount), else_=func.json_array_length(jobs.c.pictures) + jobs.c.charged)
    theirs = and_(jobs.c.user_id == user_id, jobs.c.created_at >= since, _in_guild(guild_id), ~jobs.c.relaxed)
    return select(func.coalesce(func.sum(charged), 0)).where(theirs)


def quota_used(connection: Connection, user_id: int, guild_id: int, quota: Quota, now: float) -> int:
    """Return how many pictures of today's quota a member has used, including those of deleted jobs."""
    deleted = select(func.coalesce(func.sum(spent.c.pictures), 0)).where(
        spent.c.user_id == user_id, spent.c.guild_id == guild_id, spent.c.until > now
    )
    found = pictures_query(user_id, guild_id, quota.since).scalar_subquery() + deleted.scalar_subquery()
    return int(connection.scalar(select(found)) or 0)


def check_member(connection: Connection, user_id: int, guild_id: int | None, now: float) -> None:
    """Raise ``RuleBroken`` if a moderator paused the member or the filter refused them too often."""
    if guild_id is not None:
        mine = (pauses.c.user_id == user_id) & (pauses.c.guild_id == guild_id)
        until = connection.scalar(select(pauses.c.until).where(mine, pauses.c.until > now))
        if until is not None:
            raise RuleBroken("member-paused", until=int(until))
    strikes = list(connection.scalars(_newest_strikes(user_id, now)))
    if len(strikes) == STRIKES:
        raise RuleBroken("cooling-down", until=int(strikes[-1] + COOLDOWN))


def exceeds_quota(
    connection: Connection, quota: Quota, *, user_id: int, guild_id: int, count: int, now: float
) -> bool:
    """Return whether ``count`` more pictures exceed the quota; raise ``RuleBroken`` if that isn't allowed."""
    used = quota_used(connection, user_id, guild_id, quota, now)
    if used + count <= quota.allowed:
        return False
    if quota.past == "relaxed":
        return True
    left = max(0, quota.allowed - used)
    raise RuleBroken("quota", asked=count, count=left, allowed=quota.allowed, until=int(quota.until))


def _newest_strikes(user_id: int, now: float) -> Select[Any]:
    """Select when a member's newest strikes were; a refusal follows the start of its job by moments."""
    refused = and_(
        jobs.c.user_id == user_id,
        jobs.c.created_at > now - _LONGEST_WAIT,
        jobs.c.started_at > now - COOLDOWN,
        jobs.c.problem.in_(REFUSALS),
        # If some of its pictures were drawn, the prompt can't be at fault.
        jobs.c.drawn_at.is_(None),
    )
    return select(jobs.c.started_at).where(refused).order_by(jobs.c.started_at.desc()).limit(STRIKES)


def _in_guild(guild_id: int | None) -> ColumnElement[bool]:
    return jobs.c.guild_id.is_(None) if guild_id is None else jobs.c.guild_id == guild_id
