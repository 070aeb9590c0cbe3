"""The servers that were welcomed, each once, and their starter styles."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Connection, Engine, insert, select
from sqlalchemy.exc import IntegrityError

from bot.domain.models import Style
from bot.store.db.tables import styles, welcomes
from bot.store.db.transactions import write


class WelcomeStore:
    """Records in ``engine`` which servers were welcomed; a server that invites the bot again was."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    async def claim(self, guild_id: int, starters: Sequence[Style], *, now: float) -> bool:
        """Record a server and save its first styles; False if it was recorded before."""

        def claim(connection: Connection) -> bool:
            known = select(welcomes.c.guild_id).where(welcomes.c.guild_id == guild_id)
            if connection.scalar(known) is not None:
                return False
            connection.execute(insert(welcomes).values(guild_id=guild_id, at=now))
            rows = [
                {"owner_kind": "guild", "owner_id": guild_id, "name": style.name, "text": style.text}
                for style in starters
            ]
            if rows and not _has_styles(connection, guild_id):
                connection.execute(insert(styles), rows)
            return True

        try:
            return await write(self._engine, claim)
        except IntegrityError:  # another process was faster
            return False


def _has_styles(connection: Connection, guild_id: int) -> bool:
    own = (styles.c.owner_kind == "guild") & (styles.c.owner_id == guild_id)
    return connection.scalar(select(styles.c.id).where(own).limit(1)) is not None
