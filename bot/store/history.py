"""Queries for members' past results and open jobs."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from pathlib import Path
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Engine,
    Executable,
    Select,
    and_,
    func,
    select,
    union_all,
    update,
)

from bot.domain.daily_limits import DailyLimits
from bot.domain.image_models.prices import Spending
from bot.domain.models import DailyUsage, Job, JobPage, Quota, Usage
from bot.domain.request_rules import NO_STYLE
from bot.domain.requests.cancellation import Cancellation
from bot.domain.requests.history_filter import HistoryFilter
from bot.store import daily_usage, usage
from bot.store.db.tables import jobs
from bot.store.db.transactions import read, write
from bot.store.erasures import Erasure, record_erasure
from bot.store.queue.fair_queue import is_open_of, state_is
from bot.store.queue.job_rows import to_job

_SUGGESTION_WINDOW = 300
"""Newest jobs of a member and of a channel that autocompletion searches, which bounds its cost."""
_MAX_CHANNELS = 50
"""Channels of a server that are checked for a member's results; each may cost a request to Discord."""
_MOST_PAGES = 1_000_000
"""Of a listing; the number of a later one is treated as this one's."""
_IS_RESULT = (state_is(jobs, "done") | state_is(jobs, "cancelled")) & jobs.c.drawn_at.is_not(None)
"""Jobs whose card got pictures, all of them or those from before a cancellation."""
_HAS_PICTURES = _IS_RESULT & (func.json_array_length(jobs.c.pictures) > 0)
"""Jobs whose card has pictures."""


class HistoryStore:
    """Reads members' jobs and stores their stars; picture paths are relative to the folder ``spool``."""

    def __init__(self, engine: Engine, spool: Path) -> None:
        self._engine = engine
        self._spool = spool

    async def results(self, user_id: int, wanted: HistoryFilter, *, page: int, size: int) -> JobPage:
        """Return a page of a member's results, newest first."""
        return await self._page((jobs.c.user_id == user_id) & _IS_RESULT, wanted, page=page, size=size)

    async def public_results(
        self,
        user_id: int,
        guild_id: int,
        channels: Collection[int],
        wanted: HistoryFilter,
        *,
        page: int,
        size: int,
    ) -> JobPage:
        """Return a page of a member's public results in some of a server's channels, newest first."""
        found = _is_public(user_id, guild_id) & jobs.c.channel_id.in_(channels)
        return await self._page(found, wanted, page=page, size=size)

    async def public_channels(self, user_id: int, guild_id: int) -> set[int]:
        """Return the channels of a server in which a member's newest public results are."""
        newest = (
            select(jobs.c.channel_id)
            .where(_is_public(user_id, guild_id))
            .group_by(jobs.c.channel_id)
            .order_by(func.max(jobs.c.id).desc())
            .limit(_MAX_CHANNELS)
        )

        def fetch(connection: Connection) -> set[int]:
            return set(connection.scalars(newest))

        return await read(self._engine, fetch)

    async def mark_deleted(self, job: Job, cancellation: Cancellation, *, now: float) -> None:
        """Remove the names of a job's stored originals, and record who deleted its answer."""
        deleted = update(jobs).where(jobs.c.id == job.id)
        values: dict[str, Any] = {"kept": [], "facts": {**job.facts, **cancellation.facts}}
        erasure = Erasure(at=now, kind="request", id=job.id)

        def work(connection: Connection) -> None:
            connection.execute(deleted.values(values))
            record_erasure(connection, erasure)

        await write(self._engine, work)

    async def _page(
        self, found: ColumnElement[bool], wanted: HistoryFilter, *, page: int, size: int
    ) -> JobPage:
        found = and_(found, *_conditions(wanted))
        count = select(func.count()).select_from(jobs).where(found)
        # With the count in the same statement, as the wanted page nearly always exists.
        counted = select(jobs, count.scalar_subquery().label("total")).where(found)
        newest = counted.order_by(jobs.c.id.desc()).limit(size)

        def fetch(connection: Connection) -> JobPage:
            number = min(max(page, 0), _MOST_PAGES)
            rows = connection.execute(newest.offset(number * size)).all()
            if not rows and number:
                number = max(0, ((connection.scalar(count) or 0) - 1) // size)
                rows = connection.execute(newest.offset(number * size)).all()
            total = rows[0].total if rows else 0
            jobs_of_page = tuple(to_job(row, self._spool) for row in rows)
            return JobPage(jobs=jobs_of_page, page=number, pages=max(1, -(-total // size)), total=total)

        return await read(self._engine, fetch)

    async def suggestions(self, user_id: int, channel_id: int, *, search: str, most: int) -> tuple[Job, ...]:
        """Return a member's own and a channel's results that have a message to link to, newest first.

        Only the newest few hundred are searched, for those whose prompts contain ``search``.
        """
        drawn = select(jobs.c.id).where(jobs.c.drawn_at.is_not(None)).limit(_SUGGESTION_WINDOW)
        mine = drawn.where(jobs.c.user_id == user_id).order_by(jobs.c.created_at.desc())
        here = drawn.where(jobs.c.channel_id == channel_id).order_by(jobs.c.id.desc())
        newest = union_all(select(mine.subquery()), select(here.subquery()))
        found = jobs.c.id.in_(newest) & _HAS_PICTURES & ~jobs.c.ephemeral & ~jobs.c.guest
        if search:
            found &= _contains(search)
        return await self._jobs(select(jobs).where(found).order_by(jobs.c.id.desc()).limit(most))

    async def set_star(self, job_id: int, user_id: int, *, starred: bool) -> Job | None:
        """Star or unstar a member's own result; None if it isn't theirs or doesn't exist."""
        mine = (jobs.c.id == job_id) & (jobs.c.user_id == user_id)
        marked = await self._change(mine, starred=starred)
        return marked[0] if marked else None

    async def open_jobs(self, user_id: int) -> tuple[Job, ...]:
        """Return a member's waiting and running jobs, oldest first."""
        mine = is_open_of(jobs.c.user_id == user_id)
        return await self._jobs(select(jobs).where(mine).order_by(jobs.c.id))

    async def usage(self, user_id: int, *, day: float, month: float) -> Usage:
        """Count a member's pictures since the start of a day and of a month, and their open jobs."""
        open_ = await self.open_jobs(user_id)
        return Usage(
            today=await self._drawn(user_id, day),
            month=await self._drawn(user_id, month),
            waiting=sum(job.state == "waiting" for job in open_),
            running=sum(job.state == "running" for job in open_),
        )

    async def quota_used(self, user_id: int, guild_id: int, quota: Quota, *, now: float) -> int:
        """Return how many pictures of a server's quota a member has used."""
        return await read(
            self._engine, lambda connection: usage.quota_used(connection, user_id, guild_id, quota, now)
        )

    async def daily_usage(
        self, limits: DailyLimits, user_id: int, guild_id: int | None, *, now: float
    ) -> tuple[DailyUsage, ...]:
        """Return how much of the operator's limits of today is used that apply to a member in a server."""
        return await read(
            self._engine,
            lambda connection: daily_usage.read_usage(
                connection, limits, user_id=user_id, guild_id=guild_id, now=now
            ),
        )

    async def spending(self, guild_id: int | None, *, since: float) -> list[Spending]:
        """Return what the requests since a moment cost by currency: in a server, or in all for None."""
        return await read(self._engine, lambda connection: usage.spending(connection, guild_id, since))

    async def check_member(self, user_id: int, guild_id: int | None, *, now: float) -> None:
        """Raise ``RuleBroken`` if a member may not request anything at the moment."""
        await read(self._engine, lambda connection: usage.check_member(connection, user_id, guild_id, now))

    async def latest_locale(self, user_id: int) -> str | None:
        """Return the locale of a member's Discord client in their newest job; None if it was never sent.

        Messages don't come with one, so a job from a mention copies that of an earlier job.
        """
        mine = select(jobs.c.own_locale).where(jobs.c.user_id == user_id)
        newest = mine.order_by(jobs.c.created_at.desc(), jobs.c.id.desc()).limit(1)
        return await read(self._engine, lambda connection: connection.scalar(newest))

    async def _drawn(self, user_id: int, since: float) -> int:
        drawn = func.coalesce(func.sum(func.json_array_length(jobs.c.pictures)), 0)
        mine = (jobs.c.user_id == user_id) & (jobs.c.drawn_at >= since)
        return await self._number(select(drawn).where(mine))

    async def _count(self, where: ColumnElement[bool]) -> int:
        return await self._number(select(func.count()).select_from(jobs).where(where))

    async def _number(self, query: Select[Any]) -> int:
        def fetch(connection: Connection) -> int:
            return int(connection.scalar(query) or 0)

        return await read(self._engine, fetch)

    async def _jobs(self, query: Select[Any]) -> tuple[Job, ...]:
        return await read(self._engine, lambda connection: self._rows(connection, query))

    async def _change(self, where: ColumnElement[bool], **values: object) -> tuple[Job, ...]:
        changed = update(jobs).where(where).values(**values).returning(*jobs.c)
        return await write(self._engine, lambda connection: self._rows(connection, changed))

    def _rows(self, connection: Connection, query: Executable) -> tuple[Job, ...]:
        return tuple(to_job(row, self._spool) for row in connection.execute(query))


def _conditions(wanted: HistoryFilter) -> Iterator[ColumnElement[bool]]:
    if wanted.search:
        yield _contains(wanted.search)
    if wanted.starred:
        yield jobs.c.starred
    match wanted.kind:
        case "drawn":
            yield (jobs.c.kind == "imagine") & jobs.c.parent_id.is_(None)
        case "remix":
            yield (jobs.c.kind == "remix") & jobs.c.parent_id.is_(None)
        case "edit":
            yield (jobs.c.kind != "upscale") & jobs.c.parent_id.is_not(None)
        case "upscale":
            yield jobs.c.kind == "upscale"
        case None:
            pass
    if wanted.style == NO_STYLE:
        yield jobs.c.style.is_(None)
    elif wanted.style is not None:
        yield func.lower(jobs.c.style) == wanted.style.lower()


def _contains(search: str) -> ColumnElement[bool]:
    # PostgreSQL refuses NUL characters, and no stored prompt has any.
    return jobs.c.prompt.icontains(search.replace("\x00", ""), autoescape=True)


def _is_public(user_id: int, guild_id: int) -> ColumnElement[bool]:
    """Select a member's results in a server that neither were ephemeral nor of a guest install."""
    theirs = (jobs.c.user_id == user_id) & (jobs.c.guild_id == guild_id)
    return theirs & _IS_RESULT & ~jobs.c.ephemeral & ~jobs.c.guest
