"""What members asked for earlier, and what they have open."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path
from typing import Any

from sqlalchemy import ColumnElement, Executable, Select, func, select, union_all, update
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from bot.domain.models import Job, Quota, Results, Usage
from bot.store import usage
from bot.store.db.tables import jobs
from bot.store.db.transactions import look, transact
from bot.store.queue.job_rows import to_job

_OPEN = ("waiting", "running")
_LOOKED_THROUGH = 300
"""Results of a member and of a channel that are searched while somebody types: its cost has an end."""
_MOST_CHANNELS = 50
"""Channels of a server that are looked at for a member's results: each may take a question to Discord."""
_SHOWN = (
    (jobs.c.state == "done") & jobs.c.drawn_at.is_not(None) & (func.json_array_length(jobs.c.pictures) > 0)
)
"""What has pictures in its answer."""


class History:
    """Reads members' jobs and notes their stars; pictures are named relative to the folder ``spool``."""

    def __init__(self, engine: AsyncEngine, spool: Path) -> None:
        self._engine = engine
        self._spool = spool

    async def results(
        self, user_id: int, *, search: str, page: int, size: int, starred: bool = False
    ) -> Results:
        """Return a page of finished requests, newest first; ``search`` is looked for in their prompts."""
        found = (jobs.c.user_id == user_id) & (jobs.c.state == "done") & jobs.c.drawn_at.is_not(None)
        if starred:
            found &= jobs.c.starred
        return await self._page(found, search=search, page=page, size=size)

    async def seen(
        self, user_id: int, guild_id: int, channels: Collection[int], *, search: str, page: int, size: int
    ) -> Results:
        """Return a page of what a member made in some of a server's channels for all to see, newest first."""
        found = _seen_by_all(user_id, guild_id) & jobs.c.channel_id.in_(channels)
        return await self._page(found, search=search, page=page, size=size)

    async def channels(self, user_id: int, guild_id: int) -> set[int]:
        """Return the newest channels of a server in which a member made something for all to see."""
        newest = (
            select(jobs.c.channel_id)
            .where(_seen_by_all(user_id, guild_id))
            .group_by(jobs.c.channel_id)
            .order_by(func.max(jobs.c.id).desc())
            .limit(_MOST_CHANNELS)
        )

        async def read(connection: AsyncConnection) -> set[int]:
            return set(await connection.scalars(newest))

        return await look(self._engine, read)

    async def forget_kept(self, job_id: int) -> None:
        """Forget the names under which a job's pictures are kept."""
        await self._change(jobs.c.id == job_id, kept=[])

    async def _page(self, found: ColumnElement[bool], *, search: str, page: int, size: int) -> Results:
        if search:
            found &= jobs.c.prompt.icontains(search, autoescape=True)
        total = await self._count(found)
        last = max(0, (total - 1) // size)
        number = min(max(page, 0), last)
        newest = select(jobs).where(found).order_by(jobs.c.id.desc()).limit(size).offset(number * size)
        return Results(jobs=await self._jobs(newest), page=number, pages=last + 1, total=total)

    async def nearby(self, user_id: int, channel_id: int, *, search: str, most: int) -> tuple[Job, ...]:
        """Return a member's own and a channel's newest results that have a message to link to, newest first.

        ``search`` is looked for in their prompts.
        """
        drawn = select(jobs.c.id).where(jobs.c.drawn_at.is_not(None)).limit(_LOOKED_THROUGH)
        mine = drawn.where(jobs.c.user_id == user_id).order_by(jobs.c.created_at.desc())
        here = drawn.where(jobs.c.channel_id == channel_id).order_by(jobs.c.id.desc())
        newest = union_all(select(mine.subquery()), select(here.subquery()))
        found = jobs.c.id.in_(newest) & _SHOWN & ~jobs.c.ephemeral & ~jobs.c.guest
        if search:
            found &= jobs.c.prompt.icontains(search, autoescape=True)
        return await self._jobs(select(jobs).where(found).order_by(jobs.c.id.desc()).limit(most))

    async def star(self, job_id: int, user_id: int, *, starred: bool) -> Job | None:
        """Star a member's own result, or take the star away; None when it is nobody's or another's."""
        mine = (jobs.c.id == job_id) & (jobs.c.user_id == user_id)
        marked = await self._change(mine, starred=starred)
        return marked[0] if marked else None

    async def open(self, user_id: int) -> tuple[Job, ...]:
        """Return what a member has waiting and running, oldest first."""
        mine = (jobs.c.user_id == user_id) & jobs.c.state.in_(_OPEN)
        return await self._jobs(select(jobs).where(mine).order_by(jobs.c.id))

    async def usage(self, user_id: int, *, day: float, month: float) -> Usage:
        """Count the pictures a member was drawn since two moments, and the requests that are open."""
        open_ = await self.open(user_id)
        return Usage(
            today=await self._drawn(user_id, day),
            month=await self._drawn(user_id, month),
            waiting=sum(job.state == "waiting" for job in open_),
            running=sum(job.state == "running" for job in open_),
        )

    async def used(self, user_id: int, guild_id: int, quota: Quota, *, now: float) -> int:
        """Count the pictures of a server's quota that a member has used."""
        return await look(
            self._engine, lambda connection: usage.used(connection, user_id, guild_id, quota, now)
        )

    async def check_member(self, user_id: int, guild_id: int | None, *, now: float) -> None:
        """Raise ``RuleBroken`` for a member who may ask for nothing at the moment."""
        await look(self._engine, lambda connection: usage.check_member(connection, user_id, guild_id, now))

    async def language(self, user_id: int) -> str | None:
        """Return the language of a member's own Discord, as far as Discord ever told it.

        A request that came as a message carries on what an earlier one told: the newest knows.
        """
        mine = select(jobs.c.own_locale).where(jobs.c.user_id == user_id)
        newest = mine.order_by(jobs.c.created_at.desc(), jobs.c.id.desc()).limit(1)
        return await look(self._engine, lambda connection: connection.scalar(newest))

    async def _drawn(self, user_id: int, since: float) -> int:
        drawn = func.coalesce(func.sum(func.json_array_length(jobs.c.pictures)), 0)
        mine = (jobs.c.user_id == user_id) & (jobs.c.drawn_at >= since)
        return await self._number(select(drawn).where(mine))

    async def _count(self, where: ColumnElement[bool]) -> int:
        return await self._number(select(func.count()).select_from(jobs).where(where))

    async def _number(self, query: Select[Any]) -> int:
        async def read(connection: AsyncConnection) -> int:
            return int(await connection.scalar(query) or 0)

        return await look(self._engine, read)

    async def _jobs(self, query: Select[Any]) -> tuple[Job, ...]:
        return await look(self._engine, lambda connection: self._rows(connection, query))

    async def _change(self, where: ColumnElement[bool], **values: object) -> tuple[Job, ...]:
        changed = update(jobs).where(where).values(**values).returning(*jobs.c)
        return await transact(self._engine, lambda connection: self._rows(connection, changed))

    async def _rows(self, connection: AsyncConnection, query: Executable) -> tuple[Job, ...]:
        return tuple(to_job(row, self._spool) for row in await connection.execute(query))


def _seen_by_all(user_id: int, guild_id: int) -> ColumnElement[bool]:
    """What a member made in a server where the bot is one too, and not for their eyes alone."""
    theirs = (jobs.c.user_id == user_id) & (jobs.c.guild_id == guild_id)
    return (
        theirs & (jobs.c.state == "done") & jobs.c.drawn_at.is_not(None) & ~jobs.c.ephemeral & ~jobs.c.guest
    )
