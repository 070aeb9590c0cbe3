"""Servers' settings with an audit trail of their changes, read through a cache."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sqlalchemy import Connection, Engine, insert, select, update
from sqlalchemy.exc import IntegrityError

from bot.domain.guild_settings import GuildSettings, SettingsChange
from bot.store.cache import ReadCache
from bot.store.db.notifications import notify
from bot.store.db.tables import audit, guilds
from bot.store.db.transactions import read, write
from bot.store.settings_json import changes, from_json, to_json

_CACHE_SIZE = 20_000
"""Servers whose settings are cached, a few kilobytes each at worst."""
_ATTEMPTS = 8
"""Attempts at a change before giving up on concurrent ones."""


class _VersionConflict(Exception):
    """Report that the settings were changed concurrently."""


class GuildStore:
    """Reads and changes servers' settings; a change is notified to every process on the database."""

    def __init__(self, engine: Engine, clock: Callable[[], float]) -> None:
        self._engine = engine
        self._clock = clock
        self._cache = ReadCache[GuildSettings](_CACHE_SIZE)

    async def settings(self, guild_id: int) -> GuildSettings:
        """Return a server's settings; the defaults if nobody has changed any."""

        async def load() -> GuildSettings:
            settings, _ = await read(self._engine, lambda connection: _read(connection, guild_id))
            return settings

        return await self._cache.get(guild_id, load)

    async def change(
        self, guild_id: int, user_id: int, change: Callable[[GuildSettings], GuildSettings]
    ) -> SettingsChange | None:
        """Apply ``change`` to a server's current settings and audit it; None if it changes nothing."""

        def attempt(connection: Connection) -> SettingsChange | None:
            old, version = _read(connection, guild_id)
            new = change(old)
            if not (what := changes(old, new)):
                return None
            _write(connection, guild_id, new, version)
            at = self._clock()
            row = {"guild_id": guild_id, "user_id": user_id, "at": at, "what": {"settings": what}}
            connection.execute(insert(audit).values(row))
            notify(connection, "settings", str(guild_id))
            return SettingsChange(user_id=user_id, at=at, what=what)

        for _ in range(_ATTEMPTS):
            try:
                changed = await write(self._engine, attempt)
            except (
                _VersionConflict,
                IntegrityError,
            ):  # the latter if two are the first to change anything here
                continue
            self.invalidate(str(guild_id))
            return changed
        raise RuntimeError(f"the settings of server {guild_id} change too often")

    async def recent_changes(self, guild_id: int, *, most: int) -> list[SettingsChange]:
        """Return the newest changes of a server's settings, newest first."""
        # The other kinds of rows are few, so no index leaves them out.
        newest = select(audit).where(
            audit.c.guild_id == guild_id, audit.c.what["settings"].as_string().is_not(None)
        )

        def fetch(connection: Connection) -> list[SettingsChange]:
            rows = connection.execute(newest.order_by(audit.c.id.desc()).limit(most))
            return [_change(row) for row in rows]

        return await read(self._engine, fetch)

    def invalidate(self, guild_id: str) -> None:
        """Drop a server's cached settings, or everyone's if ``guild_id`` is empty."""
        self._cache.invalidate(guild_id)


def _read(connection: Connection, guild_id: int) -> tuple[GuildSettings, int]:
    found = select(guilds.c.settings, guilds.c.version).where(guilds.c.guild_id == guild_id)
    row = connection.execute(found).one_or_none()
    return (from_json(GuildSettings, row.settings), row.version) if row else (GuildSettings(), 0)


def _write(connection: Connection, guild_id: int, settings: GuildSettings, version: int) -> None:
    """Write settings derived from ``version``; raise ``_VersionConflict`` if there is a newer one."""
    values = {"settings": to_json(settings), "version": version + 1}
    if version == 0:
        connection.execute(insert(guilds).values(guild_id=guild_id, **values))
        return
    same = (guilds.c.guild_id == guild_id) & (guilds.c.version == version)
    if connection.execute(update(guilds).where(same).values(values)).rowcount == 0:
        raise _VersionConflict


def _change(row: Any) -> SettingsChange:
    what = {name: (old, new) for name, (old, new) in row.what["settings"].items()}
    return SettingsChange(user_id=row.user_id, at=row.at, what=what)
