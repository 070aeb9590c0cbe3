"""Members paused by moderators, and the audit of moderators' actions."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from sqlalchemy import ColumnElement, Connection, Engine, delete, insert, select

from bot.domain.guild_settings import Pause
from bot.store.db import postgres
from bot.store.db.tables import audit, pauses
from bot.store.db.transactions import read, write

ModeratorAction = dict[str, Any]
"""What was done to a member, as JSON: the details by the action's name."""


class ModerationStore:
    """Stores pauses and the audit in ``engine``."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    async def pause(self, guild_id: int, pause: Pause, *, now: float) -> None:
        """Pause a member in a server, replacing an earlier pause, and audit it."""
        action: ModeratorAction = {"pause": {"until": pause.until, "reason": pause.reason}}

        def work(connection: Connection) -> None:
            # Admissions hold the same lock: later ones see the pause, earlier ones are in the queue by now.
            postgres.acquire_lock(connection, "accept")
            connection.execute(delete(pauses).where(_of_member(guild_id, pause.user_id)))
            connection.execute(insert(pauses).values(guild_id=guild_id, **asdict(pause)))
            _audit(connection, guild_id, pause.user_id, pause.by_id, action, now)

        await write(self._engine, work)

    async def unpause(self, guild_id: int, user_id: int, *, by_id: int, now: float) -> bool:
        """End a member's pause; False if they weren't paused."""

        def work(connection: Connection) -> bool:
            lifted = connection.execute(
                delete(pauses)
                .where(_of_member(guild_id, user_id), pauses.c.until > now)
                .returning(pauses.c.until)
            )
            if lifted.one_or_none() is None:
                return False
            _audit(connection, guild_id, user_id, by_id, {"lift": {}}, now)
            return True

        return await write(self._engine, work)

    async def active_pause(self, guild_id: int, user_id: int, *, now: float) -> Pause | None:
        """Return a member's current pause, if any."""
        return await read(self._engine, lambda connection: find_pause(connection, guild_id, user_id, now=now))

    async def record_action(
        self, guild_id: int, user_id: int, action: ModeratorAction, *, by_id: int, now: float
    ) -> None:
        """Audit what a moderator did to a member."""
        await write(
            self._engine,
            lambda connection: _audit(connection, guild_id, user_id, by_id, action, now),
        )


def find_pause(connection: Connection, guild_id: int, user_id: int, *, now: float) -> Pause | None:
    """Return a member's current pause, if any."""
    found = select(pauses.c.until, pauses.c.by_id, pauses.c.reason).where(
        _of_member(guild_id, user_id), pauses.c.until > now
    )
    row = connection.execute(found).one_or_none()
    return Pause(user_id=user_id, until=row.until, by_id=row.by_id, reason=row.reason) if row else None


def _audit(
    connection: Connection,
    guild_id: int,
    user_id: int,
    by_id: int,
    action: ModeratorAction,
    now: float,
) -> None:
    row = {"guild_id": guild_id, "user_id": by_id, "member_id": user_id, "at": now, "what": action}
    connection.execute(insert(audit).values(row))


def _of_member(guild_id: int, user_id: int) -> ColumnElement[bool]:
    return (pauses.c.guild_id == guild_id) & (pauses.c.user_id == user_id)
