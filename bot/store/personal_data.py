"""Personal data: exported for its owner, and erased on request or when its retention ends."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Collection, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Engine,
    Select,
    and_,
    case,
    delete,
    func,
    insert,
    literal_column,
    select,
    tuple_,
    update,
)

from bot.domain.guild_settings import Preferences
from bot.domain.models import HINT_INTERVALS
from bot.store import daily_usage
from bot.store.controls import personal as controls
from bot.store.db import postgres
from bot.store.db.notifications import notify
from bot.store.db.schema.space import free_space
from bot.store.db.sweep_lock import sweep_lock
from bot.store.db.tables import (
    audit,
    daily_counters,
    erasures,
    hints,
    jobs,
    pauses,
    preferences,
    spent,
    styles,
)
from bot.store.db.transactions import read, write
from bot.store.erasures import Erasure, delete_outdated, record_erasure, stored_erasures
from bot.store.queue.ancestry import bridge
from bot.store.queue.services.relay_state import lock_claims
from bot.store.settings_json import to_json
from bot.store.usage import COOLDOWN, REFUSALS

Row = Mapping[str, Any]
Day = tuple[float, float]
"""Start and end of a day, in seconds since the epoch."""

ERASED_USER = 0
"""Replaces the id of an erased user in rows that concern others too."""
_ERASED_CONTENT: dict[str, Any] = {
    "prompt": "",
    "reference": None,
    "source": None,
    "more_references": [],
    "style": None,
    "style_text": None,
    "parent_id": None,
    "parent_picture": None,
    "edits": 0,
    "first_link": None,
    "facts": {},
}
"""Content columns of an erased job whose row still counts."""
_ERASED_LOCATION = {
    "guild_id": None,
    "channel_id": 0,
    "message_id": 0,
    "token": None,
    "results": None,
    "worker": None,
    "lease": None,
}
_HINT_RETENTION = max(HINT_INTERVALS.values()) + 86_400.0
"""Seconds after which shown hints are deleted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """Jobs to be erased: their ids, and the names of their stored originals."""

    ids: Sequence[int]
    kept: Sequence[str]


class PersonalDataStore:
    """Reads and erases the personal data in ``engine``."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def sweep_lock(self) -> AbstractAsyncContextManager[bool]:
        """Try to lock sweeping for the duration of the context; False if another process holds the lock."""
        return sweep_lock(self._engine)

    async def requests(
        self, user_id: int, columns: Collection[str], *, after: tuple[float, int], most: int
    ) -> list[Row]:
        """Return columns of a member's jobs, in the order of ``(created_at, id)``, from ``after`` one on."""
        # That order has an index.
        order = jobs.c.created_at, jobs.c.id
        later = (jobs.c.created_at >= after[0]) & (tuple_(*order) > tuple_(*after))
        theirs = select(*(jobs.c[name] for name in columns)).where(jobs.c.user_id == user_id, later)
        return await self._rows(theirs.where(~_IS_ERASED).order_by(*order).limit(most))

    async def profile_rows(self, user_id: int) -> dict[str, list[Row]]:
        """Return what is stored about a user besides their jobs, by table."""
        style = (styles.c.owner_kind == "member") & (styles.c.owner_id == user_id)
        erased = (erasures.c.kind == "member") & (erasures.c.id == user_id)
        counted = (daily_counters.c.scope == "member") & (daily_counters.c.id == user_id)
        return {
            "preferences": await self._rows(select(preferences).where(preferences.c.user_id == user_id)),
            "styles": await self._rows(select(styles).where(style).order_by(styles.c.name)),
            "pauses": await self._rows(select(pauses).where(pauses.c.user_id == user_id)),
            "erasures": await self._rows(select(erasures).where(erased).order_by(erasures.c.at)),
            "hints": await self._rows(select(hints).where(hints.c.user_id == user_id)),
            "daily": await self._rows(select(daily_counters).where(counted).order_by(daily_counters.c.day)),
            "spent": await self._rows(select(spent).where(spent.c.user_id == user_id)),
            "audit": await self._rows(select(audit).where(audit.c.user_id == user_id).order_by(audit.c.id)),
            "deeds": await self._rows(select(audit).where(audit.c.member_id == user_id).order_by(audit.c.id)),
            **{name: await self._rows(query) for name, query in controls.member_queries(user_id).items()},
        }

    async def count(self, user_id: int) -> int:
        """Return how many jobs of a member are stored."""
        theirs = (
            select(func.count().label("requests"))
            .select_from(jobs)
            .where(jobs.c.user_id == user_id, ~_IS_ERASED)
        )
        (row,) = await self._rows(theirs)
        return int(row["requests"])

    async def recent_guilds(self, user_id: int, *, since: float) -> list[int]:
        """Return the servers in which a member requested something since a moment."""
        there = (jobs.c.user_id == user_id) & (jobs.c.created_at >= since) & jobs.c.guild_id.is_not(None)
        return [row["guild_id"] for row in await self._rows(select(jobs.c.guild_id).where(there).distinct())]

    async def newest_id(self, user_id: int) -> int:
        """Return the id of a member's newest job; 0 if there is none."""
        (row,) = await self._rows(select(func.max(jobs.c.id).label("id")).where(jobs.c.user_id == user_id))
        return row["id"] or 0

    async def member_batch(self, user_id: int, *, until: int, most: int) -> Batch:
        """Return a batch of a member's jobs with ids up to ``until``."""
        return await self._batch(and_(jobs.c.user_id == user_id, jobs.c.id <= until, ~_IS_ERASED), most)

    async def member_batches(self, user_id: int, *, most: int) -> AsyncGenerator[Batch]:
        """Yield batches of the jobs that a member has now; the caller erases each before the next."""
        until = await self.newest_id(user_id)
        while (batch := await self.member_batch(user_id, until=until, most=most)).ids:
            yield batch

    async def expired_batch(self, *, before: float, most: int) -> Batch:
        """Return a batch of closed jobs created before a moment that aren't starred."""
        over = jobs.c.state.in_(("done", "cancelled")) & ~jobs.c.starred
        return await self._batch(and_(jobs.c.created_at < before, over), most)

    async def erase(self, batch: Batch) -> None:
        """Delete the jobs of a batch."""
        await write(self._engine, lambda connection: _delete(connection, batch.ids))

    async def erase_member_jobs(self, batch: Batch, days: Mapping[int, Day], *, now: float) -> None:
        """Delete a member's jobs, but keep what counts towards limits: today's pictures and new refusals.

        ``days`` maps each server to its current day.
        """

        def work(connection: Connection) -> None:
            # Admission counts usage; it must not do so between the deletion and the recording of usage.
            postgres.acquire_lock(connection, "accept")
            lock_claims(connection)
            daily_usage.settle_deleted(connection, batch.ids)
            for guild_id, day in days.items():
                _record_spent(connection, batch.ids, guild_id, day)
            refused = and_(
                jobs.c.id.in_(batch.ids), jobs.c.problem.in_(REFUSALS), jobs.c.started_at > now - COOLDOWN
            )
            done = {"state": "done", "finished_at": now}
            connection.execute(
                update(jobs).where(refused).values(**_ERASED_CONTENT, **_ERASED_LOCATION, **done)
            )
            controls.erase_acts_on_requests(connection, batch.ids)
            _delete(connection, batch.ids)

        await write(self._engine, work)

    async def erase_profile(self, user_id: int, *, now: float, keep: Preferences | None = None) -> None:
        """Delete the rest of what is stored about a user; rows that concern others lose their id.

        ``keep`` replaces the user's preferences. The erasure is recorded, so that no backup undoes it.
        """
        erasure = Erasure(at=now, kind="member", id=user_id, keep_opt_out=keep is not None)

        def work(connection: Connection) -> None:
            record_erasure(connection, erasure)
            theirs = (styles.c.owner_kind == "member") & (styles.c.owner_id == user_id)
            connection.execute(delete(styles).where(theirs))
            connection.execute(delete(preferences).where(preferences.c.user_id == user_id))
            if keep is not None:
                connection.execute(insert(preferences).values(user_id=user_id, settings=to_json(keep)))
            connection.execute(delete(hints).where(hints.c.user_id == user_id))
            connection.execute(update(audit).where(audit.c.user_id == user_id).values(user_id=ERASED_USER))
            connection.execute(
                update(pauses).where(pauses.c.by_id == user_id).values(by_id=ERASED_USER, reason="")
            )
            _anonymize_actions(connection, user_id)
            controls.erase_member(connection, user_id)
            notify(connection, "preferences", str(user_id))

        await write(self._engine, work)

    async def free_space(self) -> int:
        """Give disk space back after large deletions; return by how many bytes the database shrank."""
        return await free_space(self._engine)

    async def erasures(self) -> list[Erasure]:
        """Return what was erased on request, oldest first."""
        return await read(self._engine, stored_erasures)

    async def erase_expired(self, *, before: float | None, now: float) -> None:
        """Delete expired rows, and the audits from before a moment."""

        def work(connection: Connection) -> None:
            connection.execute(delete(pauses).where(pauses.c.until <= now))
            connection.execute(delete(spent).where(spent.c.until <= now))
            controls.delete_expired(connection, before=before, now=now)
            daily_usage.delete_before_today(connection, now)
            connection.execute(delete(hints).where(hints.c.at < now - _HINT_RETENTION))
            delete_outdated(connection, now)
            connection.execute(delete(jobs).where(_IS_ERASED, jobs.c.started_at <= now - COOLDOWN))
            if before is not None:
                connection.execute(delete(audit).where(audit.c.at < before))

        await write(self._engine, work)

    async def _batch(self, where: ColumnElement[bool], most: int) -> Batch:
        some = select(jobs.c.id, jobs.c.kept).where(where).order_by(jobs.c.created_at).limit(most)
        rows = await self._rows(some)
        return Batch(ids=[row["id"] for row in rows], kept=[name for row in rows for name in row["kept"]])

    async def _rows(self, query: Select[*tuple[Any, ...]]) -> list[Row]:
        def fetch(connection: Connection) -> list[Row]:
            result = connection.execute(query)
            names = tuple(result.keys())
            return [dict(zip(names, row, strict=True)) for row in result]

        return await read(self._engine, fetch)


_IS_ERASED = and_(jobs.c.prompt == literal_column("''"), jobs.c.state == "done")
"""Jobs whose content was erased; requests without a prompt aren't accepted."""


def _delete(connection: Connection, ids: Collection[int]) -> None:
    connection.execute(update(styles).where(styles.c.job_id.in_(ids)).values(job_id=None))
    bridge(connection, ids)
    connection.execute(delete(jobs).where(jobs.c.id.in_(ids), ~_IS_ERASED))


def _anonymize_actions(connection: Connection, user_id: int) -> None:
    """Remove the member and the reasons from the audit of moderators' actions against them."""
    actions = connection.execute(select(audit.c.id, audit.c.what).where(audit.c.member_id == user_id))
    for id_, what in actions.all():
        anonymous = {
            action: {**details, "reason": ""} if "reason" in details else details
            for action, details in what.items()
        }
        row = update(audit).where(audit.c.id == id_)
        connection.execute(row.values(member_id=ERASED_USER, what=anonymous))


def _record_spent(connection: Connection, ids: Collection[int], guild_id: int, day: Day) -> None:
    """Record how many of today's pictures in a server are deleted with these jobs."""
    since, until = day
    today = and_(jobs.c.id.in_(ids), jobs.c.guild_id == guild_id, jobs.c.created_at >= since, ~jobs.c.relaxed)
    # A running job is cancelled by its deletion.
    begun = case((jobs.c.state == "running", jobs.c.amount), else_=func.json_array_length(jobs.c.pictures))
    pictures = func.sum((begun + jobs.c.charged) * jobs.c.weight + jobs.c.surplus)
    used = connection.execute(select(jobs.c.user_id, pictures).where(today).group_by(jobs.c.user_id))
    for user_id, count in used.all():
        if not count:
            continue
        same = and_(spent.c.user_id == user_id, spent.c.guild_id == guild_id, spent.c.until == until)
        more = connection.execute(update(spent).where(same).values(pictures=spent.c.pictures + count))
        if more.rowcount == 0:
            row = {"user_id": user_id, "guild_id": guild_id, "until": until, "pictures": count}
            connection.execute(insert(spent).values(row))
