"""Members whom moderators paused, and what moderators did, for the server's audit."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, delete, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from bot.domain.guild_settings import Pause
from bot.store.db import postgres
from bot.store.db.tables import audit, pauses
from bot.store.db.transactions import LONG, look, transact

Deed = dict[str, Any]
"""What was done to a member, as JSON: its name, and how."""


class ModerationStore:
    """Keeps pauses and the audit in ``engine``."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def pause(self, guild_id: int, pause: Pause, *, reason: str, now: float) -> None:
        """Pause a member in a server, in place of an earlier pause, and note why."""
        deed: Deed = {"pause": {"until": pause.until, "reason": reason}}

        async def work(connection: AsyncConnection) -> None:
            # Whoever is let into the line after this knows of it; whoever was before is seen there.
            await postgres.take_turn(connection, "accept")
            await connection.execute(delete(pauses).where(_is(guild_id, pause.user_id)))
            row = {"user_id": pause.user_id, "until": pause.until, "by_id": pause.by_id}
            await connection.execute(insert(pauses).values(guild_id=guild_id, **row))
            await _note(connection, guild_id, pause.user_id, pause.by_id, deed, now)

        await transact(self._engine, work, patience=LONG)

    async def lift(self, guild_id: int, user_id: int, *, by_id: int, now: float) -> bool:
        """Let a member ask again; False when they were not paused."""

        async def work(connection: AsyncConnection) -> bool:
            lifted = await connection.execute(
                delete(pauses).where(_is(guild_id, user_id), pauses.c.until > now).returning(pauses.c.until)
            )
            if lifted.one_or_none() is None:
                return False
            await _note(connection, guild_id, user_id, by_id, {"lift": {}}, now)
            return True

        return await transact(self._engine, work, patience=LONG)

    async def paused(self, guild_id: int, user_id: int, *, now: float) -> Pause | None:
        """Return a member's pause, if there is one."""
        found = select(pauses.c.until, pauses.c.by_id).where(_is(guild_id, user_id), pauses.c.until > now)

        async def read(connection: AsyncConnection) -> Pause | None:
            row = (await connection.execute(found)).one_or_none()
            return Pause(user_id=user_id, until=row.until, by_id=row.by_id) if row else None

        return await look(self._engine, read)

    async def note(self, guild_id: int, user_id: int, deed: Deed, *, by_id: int, now: float) -> None:
        """Note in a server's audit what a moderator did to a member."""
        await transact(
            self._engine,
            lambda connection: _note(connection, guild_id, user_id, by_id, deed, now),
            patience=LONG,
        )


async def _note(
    connection: AsyncConnection, guild_id: int, user_id: int, by_id: int, deed: Deed, now: float
) -> None:
    row = {"guild_id": guild_id, "user_id": by_id, "member_id": user_id, "at": now, "what": deed}
    await connection.execute(insert(audit).values(row))


def _is(guild_id: int, user_id: int) -> ColumnElement[bool]:
    return (pauses.c.guild_id == guild_id) & (pauses.c.user_id == user_id)
