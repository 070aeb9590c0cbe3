"""Bans, which every admission reads."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, Connection, Engine, Row, bindparam, delete, exists, insert, or_, select

from bot.domain.controls.acts import Act, Target
from bot.domain.controls.bans import Ban
from bot.store.controls.acts import record_act
from bot.store.db import postgres
from bot.store.db.tables import bans, jobs
from bot.store.db.transactions import read, write
from bot.store.queue.fair_queue import state_is

_OF_MEMBER = (bans.c.kind == "member") & (bans.c.id == bindparam("member"))
_OF_SERVER = (bans.c.kind == "server") & (bans.c.id == bindparam("guild"))
_LASTS = or_(bans.c.until.is_(None), bans.c.until > bindparam("now"))
_THEIRS = or_(_OF_MEMBER, _OF_SERVER) & _LASTS
IS_BANNED = exists().where(_THEIRS).label("banned")
"""Whether ``member`` or the server ``guild`` is banned at ``now``."""
_FIND = select(bans).where(_THEIRS).order_by(bans.c.kind)


class BanStore:
    """Stores bans in ``engine``."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    async def ban(self, ban: Ban, act: Act) -> list[int]:
        """Ban, in place of an earlier ban, and return the ids of what the banned have waiting."""

        def work(connection: Connection) -> list[int]:
            # Admissions hold the same lock: later ones see the ban, earlier ones are in the queue by now.
            postgres.acquire_lock(connection, "accept")
            connection.execute(delete(bans).where(_of(ban.target)))
            row = {"kind": ban.target.kind, "id": ban.target.id}
            connection.execute(insert(bans), {**row, "at": ban.at, "until": ban.until, "reason": ban.reason})
            record_act(connection, act, now=ban.at)
            column = jobs.c.user_id if ban.target.kind == "member" else jobs.c.guild_id
            waiting = select(jobs.c.id).where(state_is(jobs, "waiting"), column == ban.target.id)
            return list(connection.scalars(waiting.order_by(jobs.c.id)))

        return await write(self._engine, work)

    async def unban(self, target: Target, act: Act, *, now: float) -> bool:
        """End a ban; False if there was none."""

        def work(connection: Connection) -> bool:
            ended = connection.execute(delete(bans).where(_of(target)).returning(bans.c.until)).first()
            if ended is None:
                return False
            record_act(connection, act, now=now)
            return ended.until is None or ended.until > now

        return await write(self._engine, work)

    async def current(self, *, now: float) -> list[Ban]:
        """Return the bans that last, newest first."""
        lasting = select(bans).where(_LASTS).order_by(bans.c.at.desc())
        return await read(
            self._engine,
            lambda connection: [_to_ban(row) for row in connection.execute(lasting, {"now": now})],
        )

    async def find(self, target: Target, *, now: float) -> Ban | None:
        """Return the ban of a member or a server, if it lasts."""
        found = select(bans).where(_of(target), _LASTS)

        def fetch(connection: Connection) -> Ban | None:
            row = connection.execute(found, {"now": now}).one_or_none()
            return None if row is None else _to_ban(row)

        return await read(self._engine, fetch)


def find_ban(connection: Connection, *, user_id: int, guild_id: int | None, now: float) -> Ban | None:
    """Return the ban that keeps a member from asking in a server, the member's own first."""
    found = connection.execute(_FIND, {"member": user_id, "guild": guild_id, "now": now}).first()
    return None if found is None else _to_ban(found)


def _of(target: Target) -> ColumnElement[bool]:
    return (bans.c.kind == target.kind) & (bans.c.id == target.id)


def _to_ban(row: Row[Any]) -> Ban:
    return Ban(target=Target(kind=row.kind, id=row.id), at=row.at, until=row.until, reason=row.reason)
