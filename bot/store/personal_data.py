"""All that is kept about a person: read whole for them, and erased on their word or when its time is over."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, delete, func, insert, literal, select, update
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from bot.store.db import postgres
from bot.store.db.tables import audit, hints, jobs, pauses, preferences, spent, styles
from bot.store.db.transactions import look, transact
from bot.store.usage import COOLING, REFUSALS

Row = Mapping[str, Any]
Day = tuple[float, float]
"""When a day begins and ends, in seconds since the epoch."""

NOBODY = 0
"""Stands for somebody who is forgotten, where what they did concerns others too."""
_EMPTIED: dict[str, Any] = {
    "prompt": "",
    "reference": None,
    "source": None,
    "style": None,
    "style_text": None,
    "facts": {},
}
"""What is left of the words of a request that still counts: nothing."""
_NOWHERE = {"guild_id": None, "channel_id": 0, "message_id": 0, "token": None, "worker": None, "lease": None}
_HINTS = 2 * 86_400.0
"""Seconds after which it doesn't matter any more who had a hint."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """Requests to be erased: their ids, and the names of the originals that are kept of them."""

    ids: Sequence[int]
    kept: Sequence[str]


class Records:
    """Reads and erases what ``engine`` keeps about people."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    def sweeping(self) -> AbstractAsyncContextManager[bool]:
        """Say whether no other process sweeps, and keep the others from it for as long as this lasts."""
        return postgres.sweeping(self._engine)

    async def requests(self, user_id: int, *, after: int, most: int) -> list[Row]:
        """Return a member's requests with ids above ``after``, oldest first."""
        theirs = select(jobs).where(jobs.c.user_id == user_id, jobs.c.id > after, ~_EMPTY)
        return await self._rows(theirs.order_by(jobs.c.id).limit(most))

    async def others(self, user_id: int) -> dict[str, list[Row]]:
        """Return what is kept about a person besides their requests, by table."""
        style = (styles.c.owner_kind == "member") & (styles.c.owner_id == user_id)
        return {
            "preferences": await self._rows(select(preferences).where(preferences.c.user_id == user_id)),
            "styles": await self._rows(select(styles).where(style).order_by(styles.c.name)),
            "pauses": await self._rows(select(pauses).where(pauses.c.user_id == user_id)),
            "hints": await self._rows(select(hints).where(hints.c.user_id == user_id)),
            "spent": await self._rows(select(spent).where(spent.c.user_id == user_id)),
            "audit": await self._rows(select(audit).where(audit.c.user_id == user_id).order_by(audit.c.id)),
            "deeds": await self._rows(select(audit).where(audit.c.member_id == user_id).order_by(audit.c.id)),
        }

    async def count(self, user_id: int) -> int:
        """Return how many requests of a member are kept."""
        theirs = (
            select(func.count().label("requests")).select_from(jobs).where(jobs.c.user_id == user_id, ~_EMPTY)
        )
        (row,) = await self._rows(theirs)
        return int(row["requests"])

    async def guilds(self, user_id: int, *, since: float) -> list[int]:
        """Return the servers in which a member asked for something since a moment."""
        there = (jobs.c.user_id == user_id) & (jobs.c.created_at >= since) & jobs.c.guild_id.is_not(None)
        return [row["guild_id"] for row in await self._rows(select(jobs.c.guild_id).where(there).distinct())]

    async def newest(self, user_id: int) -> int:
        """Return the id of a member's newest request; 0 where there is none."""
        (row,) = await self._rows(select(func.max(jobs.c.id).label("id")).where(jobs.c.user_id == user_id))
        return row["id"] or 0

    async def of_member(self, user_id: int, *, until: int, most: int) -> Batch:
        """Return some of a member's requests with ids up to ``until``."""
        return await self._batch(and_(jobs.c.user_id == user_id, jobs.c.id <= until, ~_EMPTY), most)

    async def outdated(self, *, before: float, most: int) -> Batch:
        """Return some of the requests that were over before a moment and that nobody starred."""
        over = jobs.c.state.in_(("done", "cancelled")) & ~jobs.c.starred
        return await self._batch(and_(jobs.c.created_at < before, over), most)

    async def erase(self, batch: Batch) -> None:
        """Delete requests."""
        await transact(self._engine, lambda connection: _delete(connection, batch.ids))

    async def erase_own(self, batch: Batch, days: Mapping[int, Day], *, now: float) -> None:
        """Delete a member's requests, but not what counts against them: today's pictures and new refusals.

        ``days`` says for each server when today is.
        """

        async def work(connection: AsyncConnection) -> None:
            # Whoever accepts a request counts; nobody may between what is deleted and what is written down.
            await postgres.take_turn(connection, "accept")
            for guild_id, day in days.items():
                await _spend(connection, batch.ids, guild_id, day)
            refused = and_(
                jobs.c.id.in_(batch.ids), jobs.c.problem.in_(REFUSALS), jobs.c.started_at > now - COOLING
            )
            done = {"state": "done", "finished_at": now}
            await connection.execute(update(jobs).where(refused).values(**_EMPTIED, **_NOWHERE, **done))
            await _delete(connection, batch.ids)

        await transact(self._engine, work)

    async def erase_others(self, user_id: int) -> None:
        """Delete the rest of what is kept about a person; what concerns others loses their name."""

        async def work(connection: AsyncConnection) -> None:
            theirs = (styles.c.owner_kind == "member") & (styles.c.owner_id == user_id)
            await connection.execute(delete(styles).where(theirs))
            await connection.execute(delete(preferences).where(preferences.c.user_id == user_id))
            await connection.execute(delete(hints).where(hints.c.user_id == user_id))
            await connection.execute(update(audit).where(audit.c.user_id == user_id).values(user_id=NOBODY))
            await connection.execute(update(pauses).where(pauses.c.by_id == user_id).values(by_id=NOBODY))
            await _forget_deeds(connection, user_id)
            await postgres.announce(connection, "preferences", str(user_id))

        await transact(self._engine, work)

    async def erase_outdated(self, *, before: float | None, now: float) -> None:
        """Delete what has no use any more, and changes of settings that were made before a moment."""

        async def work(connection: AsyncConnection) -> None:
            await connection.execute(delete(pauses).where(pauses.c.until <= now))
            await connection.execute(delete(spent).where(spent.c.until <= now))
            await connection.execute(delete(hints).where(hints.c.at < now - _HINTS))
            await connection.execute(delete(jobs).where(_EMPTY, jobs.c.started_at <= now - COOLING))
            if before is not None:
                await connection.execute(delete(audit).where(audit.c.at < before))

        await transact(self._engine, work)

    async def _batch(self, where: ColumnElement[bool], most: int) -> Batch:
        some = select(jobs.c.id, jobs.c.kept).where(where).order_by(jobs.c.created_at).limit(most)
        rows = await self._rows(some)
        return Batch(ids=[row["id"] for row in rows], kept=[name for row in rows for name in row["kept"]])

    async def _rows(self, query: Select[*tuple[Any, ...]]) -> list[Row]:
        async def read(connection: AsyncConnection) -> list[Row]:
            return [dict(row) for row in (await connection.execute(query)).mappings()]

        return await look(self._engine, read)


_EMPTY = and_(jobs.c.prompt == literal("", literal_execute=True), jobs.c.state == "done")
"""A request whose words were erased; nobody can ask with none."""


async def _delete(connection: AsyncConnection, ids: Collection[int]) -> None:
    await connection.execute(update(styles).where(styles.c.job_id.in_(ids)).values(job_id=None))
    await connection.execute(delete(jobs).where(jobs.c.id.in_(ids), ~_EMPTY))


async def _forget_deeds(connection: AsyncConnection, user_id: int) -> None:
    """Leave of what moderators did to a member that they did it, and neither to whom nor why."""
    done = await connection.execute(select(audit.c.id, audit.c.what).where(audit.c.member_id == user_id))
    for number, what in done.all():
        bare = {deed: {**how, "reason": ""} if "reason" in how else how for deed, how in what.items()}
        row = update(audit).where(audit.c.id == number)
        await connection.execute(row.values(member_id=NOBODY, what=bare))


async def _spend(connection: AsyncConnection, ids: Collection[int], guild_id: int, day: Day) -> None:
    """Write down how many pictures of today in a server go with these requests."""
    since, until = day
    today = and_(jobs.c.id.in_(ids), jobs.c.guild_id == guild_id, jobs.c.created_at >= since, ~jobs.c.relaxed)
    pictures = func.sum(func.json_array_length(jobs.c.pictures))
    for user_id, count in await connection.execute(
        select(jobs.c.user_id, pictures).where(today).group_by(jobs.c.user_id)
    ):
        if not count:
            continue
        same = and_(spent.c.user_id == user_id, spent.c.guild_id == guild_id, spent.c.until == until)
        more = await connection.execute(update(spent).where(same).values(pictures=spent.c.pictures + count))
        if more.rowcount == 0:
            row = {"user_id": user_id, "guild_id": guild_id, "until": until, "pictures": count}
            await connection.execute(insert(spent).values(row))
