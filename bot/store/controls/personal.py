"""What the operator's controls hold about a member: exported with the rest, and kept to the least."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, and_, delete, or_, select, update

from bot.store.db.tables import bans, jobs, operator_acts, own_limits


def member_queries(user_id: int) -> Mapping[str, Select[*tuple[Any, ...]]]:
    """Return the queries of what is stored about a member, by table."""
    theirs = _acts_on_requests(select(jobs.c.id).where(jobs.c.user_id == user_id))
    acts = select(operator_acts).where(or_(_acts_against(user_id), theirs))
    return {
        "bans": select(bans).where(bans.c.kind == "member", bans.c.id == user_id),
        "own_limits": select(own_limits).where(own_limits.c.kind == "member", own_limits.c.id == user_id),
        "operator_acts": acts.order_by(operator_acts.c.id),
    }


def erase_member(connection: Connection, user_id: int) -> None:
    """Remove reasons, and the member from the audit; bans and limits stay, or deleting would end them."""
    connection.execute(update(bans).where(bans.c.kind == "member", bans.c.id == user_id).values(reason=""))
    acts = update(operator_acts).where(_acts_against(user_id))
    connection.execute(acts.values(target_id=0, reason="", details={}))


def erase_acts_on_requests(connection: Connection, ids: Collection[int]) -> None:
    """Remove the reasons and details of what was done to requests."""
    acts = update(operator_acts).where(_acts_on_requests(ids))
    connection.execute(acts.values(reason="", details={}))


def delete_expired(connection: Connection, *, before: float | None, now: float) -> None:
    """Delete the bans that have ended, and the audit from before a moment."""
    connection.execute(delete(bans).where(bans.c.until <= now))
    if before is not None:
        connection.execute(delete(operator_acts).where(operator_acts.c.at < before))


def _acts_against(user_id: int) -> ColumnElement[bool]:
    return and_(operator_acts.c.target_kind == "member", operator_acts.c.target_id == user_id)


def _acts_on_requests(ids: Collection[int] | Select[tuple[int]]) -> ColumnElement[bool]:
    return and_(operator_acts.c.target_kind == "request", operator_acts.c.target_id.in_(ids))
