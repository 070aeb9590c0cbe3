"""Reads a server's audit."""

from __future__ import annotations

from sqlalchemy import Engine, select

from bot.store.db.tables import audit
from bot.store.moderation import ModeratorAction


async def audit_entries(engine: Engine, guild_id: int) -> list[tuple[int, int | None, ModeratorAction]]:
    """Return who did to whom what in a server, newest first."""
    newest = select(audit.c.user_id, audit.c.member_id, audit.c.what).where(audit.c.guild_id == guild_id)
    with engine.connect() as connection:
        rows = connection.execute(newest.order_by(audit.c.id.desc()))
        return [(row.user_id, row.member_id, row.what) for row in rows]
