"""What members had drawn, and what stands against their having more: read from the requests themselves.

Nothing is counted apart, so nothing can get out of step: what fails, is refused or is cancelled has no
pictures and is given back by that.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, Select, and_, case, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.domain.errors import RuleBroken
from bot.domain.models import Quota
from bot.store.db.tables import jobs, pauses, spent

REFUSALS = ("prompt-blocked", "reference-blocked", "blocked")
"""What counts as a strike; a blocked result doesn't, as it comes by chance."""
STRIKES, COOLING = 5, 3600.0
"""So many refusals within so many seconds cool a member down until the first is that old."""
_LONGEST_WAIT = 86_400.0
"""Seconds after which nothing that was asked for is begun any more."""


def pictures_of(user_id: int, guild_id: int | None, since: float) -> Select[Any]:
    """Sum up a member's pictures of one server since a moment: what is drawn, and what may still be.

    What is asked for past a quota is outside it, else it would take what is given back to the quota.
    """
    open_ = jobs.c.state.in_(("waiting", "running"))
    charged = case((open_, jobs.c.amount), else_=func.json_array_length(jobs.c.pictures))
    theirs = and_(jobs.c.user_id == user_id, jobs.c.created_at >= since, _there(guild_id), ~jobs.c.relaxed)
    return select(func.coalesce(func.sum(charged), 0)).where(theirs)


async def used(connection: AsyncConnection, user_id: int, guild_id: int, quota: Quota, now: float) -> int:
    """Return how many pictures of today's quota a member has used, of deleted requests too."""
    deleted = select(func.coalesce(func.sum(spent.c.pictures), 0)).where(
        spent.c.user_id == user_id, spent.c.guild_id == guild_id, spent.c.until > now
    )
    found = pictures_of(user_id, guild_id, quota.since).scalar_subquery() + deleted.scalar_subquery()
    return int(await connection.scalar(select(found)) or 0)


async def check_member(connection: AsyncConnection, user_id: int, guild_id: int | None, now: float) -> None:
    """Raise ``RuleBroken`` for a member whom a moderator paused or the filter refused too often."""
    if guild_id is not None:
        mine = (pauses.c.user_id == user_id) & (pauses.c.guild_id == guild_id)
        until = await connection.scalar(select(pauses.c.until).where(mine, pauses.c.until > now))
        if until is not None:
            raise RuleBroken("member-paused", until=int(until))
    strikes = list(await connection.scalars(_newest_strikes(user_id, now)))
    if len(strikes) == STRIKES:
        raise RuleBroken("cooling-down", until=int(strikes[-1] + COOLING))


async def is_past_quota(
    connection: AsyncConnection, quota: Quota, *, user_id: int, guild_id: int, count: int, now: float
) -> bool:
    """Whether so many pictures more go to the relaxed lane; raise ``RuleBroken`` where there is none."""
    had = await used(connection, user_id, guild_id, quota, now)
    if had + count <= quota.allowed:
        return False
    if quota.past == "relaxed":
        return True
    raise RuleBroken(
        "quota", count=max(0, quota.allowed - had), allowed=quota.allowed, until=int(quota.until)
    )


def _newest_strikes(user_id: int, now: float) -> Select[Any]:
    """Find when a member's newest refusals were: moments after a request is begun, however long it waited."""
    refused = and_(
        jobs.c.user_id == user_id,
        jobs.c.created_at > now - _LONGEST_WAIT,
        jobs.c.started_at > now - COOLING,
        jobs.c.problem.in_(REFUSALS),
        # Where some of its pictures were drawn, the words can't be at fault.
        jobs.c.drawn_at.is_(None),
    )
    return select(jobs.c.started_at).where(refused).order_by(jobs.c.started_at.desc()).limit(STRIKES)


def _there(guild_id: int | None) -> ColumnElement[bool]:
    return jobs.c.guild_id.is_(None) if guild_id is None else jobs.c.guild_id == guild_id
