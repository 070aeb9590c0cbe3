"""Jobs with values of a test's choice, and the sums over them by day."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, Integer, Select, case, cast, delete, func, insert, select, update

from bot.store.db.tables import jobs, member_days, server_days

DAY = 86_400
COLUMNS: dict[str, Any] = {
    "kind": "imagine",
    "channel_id": 1,
    "locale": "en",
    "upload_limit": 10,
    "application_id": 1,
    "message_id": 1,
    "ephemeral": False,
    "token_expires_at": 1.0,
    "prompt": "a fox",
    "ratio": "1:1",
    "size": "2K",
    "spoiler": False,
    "amount": 2,
    "run_at": 1.0,
    "deadline": 1.0,
    "attempts": 0,
    "facts": {},
}
PICTURE = {"file": "1.png", "format": "png", "width": 1, "height": 1}
Sums = tuple[list[tuple[Any, ...]], list[tuple[Any, ...]]]


def change_jobs(connection: Connection, number: int, verb: str, values: dict[str, Any], where: float) -> None:
    """Add a job at a time, or change or delete the one at a place."""
    if verb == "add":
        row = {**COLUMNS, **values, "interaction_id": number, "created_at": where}
        connection.execute(insert(jobs).values(row))
        return
    found = select(jobs.c.id).order_by(jobs.c.id).offset(int(where)).limit(1).scalar_subquery()
    changed = delete(jobs) if verb == "delete" else update(jobs).values(values)
    connection.execute(changed.where(jobs.c.id == found))


def sums(connection: Connection) -> Sums:
    """Return the rows that are stored."""
    members, servers = (select(each).order_by(*each.primary_key) for each in (member_days, server_days))
    return _rows(connection, members), _rows(connection, servers)


def true_sums(connection: Connection) -> Sums:
    """Sum up the jobs themselves."""
    day = cast(func.floor(jobs.c.created_at / DAY), Integer)
    server, currency = func.coalesce(jobs.c.guild_id, 0), func.coalesce(jobs.c.currency, "")
    failed = case(((jobs.c.state == "done") & jobs.c.drawn_at.is_(None), 1), else_=0)
    pictures = func.json_array_length(jobs.c.pictures)
    counted = func.count(), func.sum(pictures), func.sum(failed), func.sum(jobs.c.cost)
    keys = (
        (day, jobs.c.user_id, server, currency),
        (day, currency, func.coalesce(jobs.c.model, ""), server),
    )
    members, servers = (select(*key, *counted).group_by(*key).order_by(*key) for key in keys)
    return _rows(connection, members), _rows(connection, servers)


def _rows(connection: Connection, query: Select[*tuple[Any, ...]]) -> list[tuple[Any, ...]]:
    return [tuple(row) for row in connection.execute(query)]
