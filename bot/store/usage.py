"""Members' usage and the limits on it, computed from the jobs themselves.

There are no counters that could drift: a job that failed, was refused or was cancelled while it waited has no
pictures, which refunds them. A job that its member cancels while it runs is charged.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Row,
    Select,
    and_,
    bindparam,
    case,
    exists,
    func,
    literal_column,
    select,
)

from bot.domain.controls.bans import ban_refusal
from bot.domain.errors import RuleBroken
from bot.domain.image_models.prices import Spending
from bot.domain.models import Quota
from bot.domain.request_rules import pause_refusal
from bot.store.controls.bans import IS_BANNED, find_ban
from bot.store.db.tables import jobs, pauses, spent
from bot.store.moderation import find_pause

REFUSALS = ("prompt-blocked", "reference-blocked", "blocked")
"""Problems that count as a strike; a blocked result doesn't, as it depends on chance."""
STRIKES, COOLDOWN = 5, 3600.0
"""A member with this many strikes within this many seconds must wait until the first is that old."""
_LONGEST_WAIT = 86_400.0
"""Seconds after which no job is started any more."""


def pictures_query(user_id: int, guild_id: int | None, since: float) -> Select[Any]:
    """Sum a member's pictures in a server since a moment by weight: drawn ones, and those of open jobs.

    Relaxed jobs are beyond the quota and don't count; otherwise they would use up what is refunded.
    """
    open_ = jobs.c.state.in_(("waiting", "running"))
    charged = case((open_, jobs.c.amount), else_=func.json_array_length(jobs.c.pictures) + jobs.c.charged)
    theirs = and_(jobs.c.user_id == user_id, jobs.c.created_at >= since, _in_guild(guild_id), ~jobs.c.relaxed)
    return select(func.coalesce(func.sum(charged * jobs.c.weight + jobs.c.surplus), 0)).where(theirs)


def quota_used(connection: Connection, user_id: int, guild_id: int, quota: Quota, now: float) -> int:
    """Return how many pictures of today's quota a member has used, including those of deleted jobs."""
    deleted = select(func.coalesce(func.sum(spent.c.pictures), 0)).where(
        spent.c.user_id == user_id, spent.c.guild_id == guild_id, spent.c.until > now
    )
    found = pictures_query(user_id, guild_id, quota.since).scalar_subquery() + deleted.scalar_subquery()
    return int(connection.scalar(select(found)) or 0)


def spending(connection: Connection, guild_id: int | None, since: float) -> list[Spending]:
    """Return what the requests since a moment cost by currency: in a server, or in all for None."""
    # Literally the condition of an index.
    paid = and_(jobs.c.cost > literal_column("0"), jobs.c.created_at >= since)
    if guild_id is not None:
        paid &= jobs.c.guild_id == guild_id
    total = select(jobs.c.currency, func.sum(jobs.c.cost).label("micro")).where(paid)
    rows = connection.execute(total.group_by(jobs.c.currency).order_by(jobs.c.currency))
    return [Spending(currency=row.currency, micro=int(row.micro)) for row in rows]


def check_member(connection: Connection, user_id: int, guild_id: int | None, now: float) -> None:
    """Raise ``RuleBroken`` for who is banned or paused, or was refused too often by the filter."""
    parameters = member_state_parameters(user_id, guild_id, now)
    raise_if_suspended(connection, connection.execute(_MEMBER_STATE, parameters).one(), parameters)


def member_state_parameters(user_id: int, guild_id: int | None, now: float) -> dict[str, object]:
    """Return what ``MEMBER_STATE`` takes."""
    return {
        "member": user_id,
        "guild": guild_id,
        "now": now,
        "earliest": now - _LONGEST_WAIT,
        "cooldown_since": now - COOLDOWN,
    }


def raise_if_suspended(connection: Connection, row: Row[Any], parameters: Mapping[str, Any]) -> None:
    """Raise ``RuleBroken`` if a row with the columns ``MEMBER_STATE`` says so."""
    if row.banned:
        ban = find_ban(
            connection, user_id=parameters["member"], guild_id=parameters["guild"], now=parameters["now"]
        )
        if ban is not None:
            raise ban_refusal(ban)
    if row.paused:
        pause = find_pause(connection, parameters["guild"], parameters["member"], now=parameters["now"])
        if pause is not None:
            raise pause_refusal(pause)
    if row.last_strike is not None:
        raise RuleBroken("cooling-down", until=int(row.last_strike + COOLDOWN))


def exceeds_quota(
    connection: Connection,
    quota: Quota,
    *,
    user_id: int,
    guild_id: int,
    count: int,
    weight: int = 1,
    now: float,
) -> bool:
    """Return whether ``count`` more pictures exceed the quota; raise ``RuleBroken`` if that isn't allowed."""
    used = quota_used(connection, user_id, guild_id, quota, now)
    if used + count * weight <= quota.allowed:
        return False
    if quota.past == "relaxed":
        return True
    raise RuleBroken(
        "quota",
        asked=count * weight,
        count=max(0, quota.allowed - used),
        allowed=quota.allowed,
        until=int(quota.until),
        weight=weight,
    )


def _in_guild(guild_id: int | None) -> ColumnElement[bool]:
    return jobs.c.guild_id.is_(None) if guild_id is None else jobs.c.guild_id == guild_id


def _is_paused() -> ColumnElement[bool]:
    theirs = (pauses.c.user_id == bindparam("member")) & (pauses.c.guild_id == bindparam("guild"))
    return exists().where(theirs, pauses.c.until > bindparam("now")).label("paused")


def _last_strike() -> ColumnElement[float]:
    """Select when the last of a member's newest strikes was; a refusal follows its job's start by moments."""
    refused = and_(
        jobs.c.user_id == bindparam("member"),
        jobs.c.created_at > bindparam("earliest"),
        jobs.c.started_at > bindparam("cooldown_since"),
        # Not as parameters, which would be rendered anew at each execution.
        jobs.c.problem.in_([literal_column(f"'{problem}'") for problem in REFUSALS]),
        # If some of its pictures were drawn, the prompt can't be at fault.
        jobs.c.drawn_at.is_(None),
    )
    newest = select(jobs.c.started_at).where(refused).order_by(jobs.c.started_at.desc())
    return newest.offset(STRIKES - 1).limit(1).scalar_subquery().label("last_strike")


MEMBER_STATE = (
    IS_BANNED,
    _is_paused(),
    _last_strike(),
)
"""Columns that tell who is banned or paused, and when the filter last refused too much of a member's."""
_MEMBER_STATE: Select[*tuple[Any, ...]] = select(*MEMBER_STATE)
