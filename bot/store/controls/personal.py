"""What the operator's controls hold about a member: exported with the rest, and kept to the least."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection, Select, delete, select, update

from bot.store.db.tables import bans, operator_acts, own_limits


def member_queries(user_id: int) -> Mapping[str, Select[*tuple[Any, ...]]]:
    """Return the queries of what is stored about a member, by table."""
    acts = select(operator_acts).where(*_acts_against(user_id))
    return {
        "bans": select(bans).where(bans.c.kind == "member", bans.c.id == user_id),
        "own_limits": select(own_limits).where(own_limits.c.kind == "member", own_limits.c.id == user_id),
        "operator_acts": acts.order_by(operator_acts.c.id),
    }


def erase_member(connection: Connection, user_id: int) -> None:
    """Remove reasons, and the member from the audit; bans and limits stay, or deleting would end them."""
    connection.execute(update(bans).where(bans.c.kind == "member", bans.c.id == user_id).values(reason=""))
    acts = update(operator_acts).where(*_acts_against(user_id))
    connection.execute(acts.values(target_id=0, reason="", details={}))


def delete_expired_bans(connection: Connection, now: float) -> None:
    """Delete the bans that have ended."""
    connection.execute(delete(bans).where(bans.c.until <= now))


def _acts_against(user_id: int) -> tuple[Any, ...]:
    return operator_acts.c.target_kind == "member", operator_acts.c.target_id == user_id
