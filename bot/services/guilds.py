"""What a server's managers can do with its settings."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence

from bot.domain.guild_settings import GuildSettings, SettingsChange
from bot.domain.models import Size, Style
from bot.store.errors import DatabaseOutage, log_failure
from bot.store.guilds import GuildStore
from bot.store.welcomes import WelcomeStore

log = logging.getLogger(__name__)

RECENT = 5
"""Changes shown in the settings panel."""


class GuildService:
    """Reads and changes a server's settings, lists who changed what, and welcomes new servers."""

    def __init__(self, guilds: GuildStore, welcomes: WelcomeStore, clock: Callable[[], float]) -> None:
        self._guilds = guilds
        self._welcomes = welcomes
        self._clock = clock

    async def settings(self, guild_id: int | None) -> GuildSettings:
        """Return a server's settings, or the defaults where there is no server."""
        return GuildSettings() if guild_id is None else await self._guilds.settings(guild_id)

    async def largest_size(self, guild_id: int | None) -> Size:
        """Return the largest size that a server allows."""
        return (await self.settings(guild_id)).largest

    async def change(
        self, guild_id: int, user_id: int, change: Callable[[GuildSettings], GuildSettings]
    ) -> SettingsChange | None:
        """Apply a change to a server's current settings; return what changed, None when nothing did.

        Raises ``RuleBroken`` when ``change`` does, and then changes nothing.
        """
        changed = await self._guilds.change(guild_id, user_id, change)
        if changed is not None:
            names = ", ".join(changed.what)
            log.info("user %s changed the settings of server %s: %s", user_id, guild_id, names)
        return changed

    async def recent(self, guild_id: int) -> list[SettingsChange]:
        """Return the latest changes of a server's settings, newest first."""
        return await self._guilds.recent_changes(guild_id, most=RECENT)

    async def welcome(self, guild_id: int, starters: Sequence[Style]) -> bool:
        """Save a server's first styles; return whether it is to be welcomed, which is so once ever."""
        try:
            return await self._welcomes.claim(guild_id, starters, now=self._clock())
        except DatabaseOutage as error:
            log_failure(log, error, "server %s was not welcomed", guild_id)
            return False
