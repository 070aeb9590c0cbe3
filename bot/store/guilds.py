"""What servers' managers decided, kept with who changed it when, and at hand without asking the database."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sqlalchemy import insert, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from bot.domain.guild_settings import Change, GuildSettings
from bot.store.cache import AtHand
from bot.store.db import postgres
from bot.store.db.tables import audit, guilds
from bot.store.db.transactions import look, transact
from bot.store.guild_settings_json import changes, from_json, to_json

_MOST_AT_HAND = 20_000
"""Servers whose settings are kept in memory, some kilobytes each at worst."""
_TRIES = 8
"""How often a change is made anew because somebody else's came first."""


class _Overtaken(Exception):
    """Somebody else's change came first."""


class Guilds:
    """Reads and changes servers' settings; every process on the database hears of a change."""

    def __init__(self, engine: AsyncEngine, clock: Callable[[], float]) -> None:
        self._engine = engine
        self._clock = clock
        self._at_hand = AtHand[GuildSettings](_MOST_AT_HAND)

    def known(self, guild_id: int) -> GuildSettings | None:
        """Return a server's settings where they are at hand."""
        return self._at_hand.known(guild_id)

    async def settings(self, guild_id: int) -> GuildSettings:
        """Return a server's settings, the defaults where nobody changed any."""

        async def read() -> GuildSettings:
            settings, _ = await look(self._engine, lambda connection: _read(connection, guild_id))
            return settings

        return await self._at_hand.get(guild_id, read)

    async def change(
        self, guild_id: int, user_id: int, change: Callable[[GuildSettings], GuildSettings]
    ) -> Change | None:
        """Change a server's settings as they are at that moment, and note who did; None when none changed."""

        async def attempt(connection: AsyncConnection) -> Change | None:
            old, version = await _read(connection, guild_id)
            new = change(old)
            if not (what := changes(old, new)):
                return None
            await _write(connection, guild_id, new, version)
            at = self._clock()
            row = {"guild_id": guild_id, "user_id": user_id, "at": at, "what": {"settings": what}}
            await connection.execute(insert(audit).values(row))
            await postgres.announce(connection, "settings", str(guild_id))
            return Change(user_id=user_id, at=at, what=what)

        for _ in range(_TRIES):
            try:
                changed = await transact(self._engine, attempt)
            except (_Overtaken, IntegrityError):  # the latter where two are the first to change anything here
                continue
            self.hear(str(guild_id))
            return changed
        raise RuntimeError(f"the settings of server {guild_id} change too often")

    async def changed(self, guild_id: int, *, most: int) -> list[Change]:
        """Return the newest changes of a server's settings, newest first."""
        # Rows about anything else have no settings in them, and are few.
        newest = select(audit).where(
            audit.c.guild_id == guild_id, audit.c.what["settings"].as_string().is_not(None)
        )

        async def read(connection: AsyncConnection) -> list[Change]:
            rows = await connection.execute(newest.order_by(audit.c.id.desc()).limit(most))
            return [_change(row) for row in rows]

        return await look(self._engine, read)

    def hear(self, guild_id: str) -> None:
        """Forget a server's settings because they changed somewhere, or all where it isn't said whose."""
        self._at_hand.hear(guild_id)


async def _read(connection: AsyncConnection, guild_id: int) -> tuple[GuildSettings, int]:
    found = select(guilds.c.settings, guilds.c.version).where(guilds.c.guild_id == guild_id)
    row = (await connection.execute(found)).one_or_none()
    return (from_json(row.settings), row.version) if row else (GuildSettings(), 0)


async def _write(connection: AsyncConnection, guild_id: int, settings: GuildSettings, version: int) -> None:
    """Write settings that were made from this version; raise ``_Overtaken`` when there is a newer one."""
    values = {"settings": to_json(settings), "version": version + 1}
    if version == 0:
        await connection.execute(insert(guilds).values(guild_id=guild_id, **values))
        return
    same = (guilds.c.guild_id == guild_id) & (guilds.c.version == version)
    if (await connection.execute(update(guilds).where(same).values(values))).rowcount == 0:
        raise _Overtaken


def _change(row: Any) -> Change:
    what = {name: (old, new) for name, (old, new) in row.what["settings"].items()}
    return Change(user_id=row.user_id, at=row.at, what=what)
