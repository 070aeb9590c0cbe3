"""Which result each job was made from; a chain stays whole when one of its jobs is deleted."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from sqlalchemy import Connection, Row, select, update

from bot.domain.models import Draft, Requester
from bot.domain.requests.answer_links import answer_link
from bot.domain.requests.redraws import INSTRUCTIONS
from bot.store.db.tables import jobs

_NO_PARENT: dict[str, Any] = {"parent_id": None, "parent_picture": None, "edits": 0, "first_link": None}


def ancestry_columns(connection: Connection, draft: Draft, requester: Requester) -> dict[str, Any]:
    """Return the columns that the parent of a new job determines; those of no parent if it was deleted."""
    if draft.parent is None:
        return _NO_PARENT
    parent = connection.execute(select(jobs).where(jobs.c.id == draft.parent.job_id)).one_or_none()
    if parent is None:
        return _NO_PARENT
    return {
        "parent_id": parent.id,
        "parent_picture": draft.parent.picture,
        # A redraw at 4K or a variation changes nothing that was asked for.
        "edits": parent.edits + (draft.kind not in INSTRUCTIONS),
        "first_link": _first_link(parent, requester.guild_id),
    }


def bridge(connection: Connection, ids: Collection[int]) -> None:
    """Make the children of jobs that are about to be deleted those of the jobs' own parents."""
    parent = jobs.alias("parent")

    def of_parent(column: str) -> Any:
        return select(parent.c[column]).where(parent.c.id == jobs.c.parent_id).scalar_subquery()

    children = update(jobs).where(jobs.c.parent_id.in_(ids))
    moved = children.values(parent_id=of_parent("parent_id"), parent_picture=of_parent("parent_picture"))
    # Again as long as the new parent is deleted, too; a parent is older than its child, so this ends.
    while connection.execute(moved).rowcount:
        pass


def _first_link(parent: Row[Any], guild_id: int | None) -> str | None:
    """Return the link of the first ancestor, where the members of a server can follow it."""
    if parent.guild_id != guild_id:
        return None
    is_first = parent.parent_id is None and not parent.edits and parent.first_link is None
    if not is_first or parent.ephemeral or parent.guest:
        return parent.first_link
    return answer_link(
        guild_id=None if parent.direct else parent.guild_id,
        channel_id=parent.channel_id,
        message_id=parent.message_id,
    )
