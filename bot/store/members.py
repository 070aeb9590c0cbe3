"""Members' preferences, read through a cache."""

from __future__ import annotations

from collections.abc import Callable, Collection

from sqlalchemy import Connection, Engine, insert, select, update
from sqlalchemy.exc import IntegrityError

from bot.domain.guild_settings import Preferences
from bot.store.batches import Batches
from bot.store.cache import ReadCache
from bot.store.db.notifications import notify
from bot.store.db.tables import preferences
from bot.store.db.transactions import read, write
from bot.store.settings_json import from_json, to_json

_CACHE_SIZE = 50_000
"""Members whose preferences are cached, some hundred bytes each."""
_DEFAULTS = Preferences()


class MemberStore:
    """Reads and changes members' preferences; a change is notified to every process on the database."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._cache = ReadCache[Preferences](_CACHE_SIZE)
        self._reads = Batches(lambda ids: read(engine, lambda connection: _read_all(connection, ids)))

    async def preferences(self, user_id: int) -> Preferences:
        """Return a member's preferences; the defaults if they never set any."""

        async def load() -> Preferences:
            return await self._reads.get(user_id) or _DEFAULTS

        return await self._cache.get(user_id, load)

    async def change(self, user_id: int, change: Callable[[Preferences], Preferences]) -> Preferences:
        """Apply ``change`` to a member's current preferences, and return the new ones."""

        def attempt(connection: Connection) -> Preferences:
            old = _read_for_update(connection, user_id)
            new = change(old or _DEFAULTS)
            if old is None:
                connection.execute(insert(preferences).values(user_id=user_id, settings=to_json(new)))
            else:
                mine = preferences.c.user_id == user_id
                connection.execute(update(preferences).where(mine).values(settings=to_json(new)))
            notify(connection, "preferences", str(user_id))
            return new

        try:
            changed = await write(self._engine, attempt)
        except IntegrityError:  # a concurrent first change; now its row is there to be updated
            changed = await write(self._engine, attempt)
        self.invalidate(str(user_id))
        return changed

    def invalidate(self, user_id: str) -> None:
        """Drop a member's cached preferences, or everyone's if ``user_id`` is empty."""
        self._cache.invalidate(user_id)


def _read_all(connection: Connection, user_ids: Collection[int]) -> dict[int, Preferences]:
    query = select(preferences.c.user_id, preferences.c.settings).where(preferences.c.user_id.in_(user_ids))
    return {user_id: from_json(Preferences, stored) for user_id, stored in connection.execute(query)}


def _read_for_update(connection: Connection, user_id: int) -> Preferences | None:
    query = select(preferences.c.settings).where(preferences.c.user_id == user_id).with_for_update()
    stored = connection.scalar(query)
    return None if stored is None else from_json(Preferences, stored)
