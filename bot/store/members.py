"""What members chose for themselves, at hand without asking the database."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from dataclasses import asdict
from typing import Any, get_args

from sqlalchemy import insert, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from bot.domain.guild_settings import Preferences
from bot.domain.models import Ratio, Size
from bot.store.cache import AtHand
from bot.store.db import postgres
from bot.store.db.tables import preferences
from bot.store.db.transactions import look, transact

log = logging.getLogger(__name__)

_MOST_AT_HAND = 50_000
"""Members whose choices are kept in memory, some hundred bytes each."""
_MINE = Preferences()


class Members:
    """Reads and changes members' preferences; every process on the database hears of a change."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine
        self._at_hand = AtHand[Preferences](_MOST_AT_HAND)

    async def preferences(self, user_id: int) -> Preferences:
        """Return a member's preferences, the defaults where they never chose."""

        async def read() -> Preferences:
            return await look(self._engine, lambda connection: _read(connection, user_id)) or _MINE

        return await self._at_hand.get(user_id, read)

    async def change(self, user_id: int, change: Callable[[Preferences], Preferences]) -> Preferences:
        """Change a member's preferences as they are at that moment, and return the new ones."""

        async def attempt(connection: AsyncConnection) -> Preferences:
            old = await _read(connection, user_id, to_change=True)
            new = change(old or _MINE)
            if old is None:
                await connection.execute(insert(preferences).values(user_id=user_id, settings=_to_json(new)))
            else:
                mine = preferences.c.user_id == user_id
                await connection.execute(update(preferences).where(mine).values(settings=_to_json(new)))
            await postgres.announce(connection, "preferences", str(user_id))
            return new

        try:
            changed = await transact(self._engine, attempt)
        except IntegrityError:  # two were the first to choose anything; the second finds the first's
            changed = await transact(self._engine, attempt)
        self.hear(str(user_id))
        return changed

    def hear(self, user_id: str) -> None:
        """Forget a member's preferences because they changed somewhere, or all where it isn't said whose."""
        self._at_hand.hear(user_id)


async def _read(connection: AsyncConnection, user_id: int, *, to_change: bool = False) -> Preferences | None:
    query = select(preferences.c.settings).where(preferences.c.user_id == user_id)
    kept = await connection.scalar(query.with_for_update() if to_change else query)
    return None if kept is None else _from_json(kept)


def _to_json(chosen: Preferences) -> dict[str, Any]:
    return {name: value for name, value in asdict(chosen).items() if value}


def _from_json(kept: Mapping[str, Any]) -> Preferences:
    """Return the preferences; what isn't known or can't be right is as if it were never chosen."""
    found = {name: kept[name] for name in kept.keys() & _FITS.keys() if _FITS[name](kept[name])}
    if left := kept.keys() - found.keys():
        log.warning("a member's preferences hold what can't be used: %s", ", ".join(sorted(left)))
    return Preferences(**found)


_FITS: dict[str, Callable[[Any], bool]] = {
    "ratio": lambda value: value in get_args(Ratio),
    "size": lambda value: value in get_args(Size),
    "style": lambda value: isinstance(value, str),
    "language": lambda value: isinstance(value, str),
    "tell_when_done": lambda value: isinstance(value, bool),
}
