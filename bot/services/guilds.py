"""All that a door may ask for on behalf of a server's managers."""

from __future__ import annotations

import logging
from collections.abc import Callable

from bot.domain.guild_settings import Change, GuildSettings
from bot.store.guilds import Guilds

log = logging.getLogger(__name__)

RECENT = 5
"""How many changes the panel shows."""


class Managing:
    """Reads and changes a server's settings, and says who changed what."""

    def __init__(self, guilds: Guilds) -> None:
        self._guilds = guilds

    async def settings(self, guild_id: int) -> GuildSettings:
        """Return a server's settings."""
        return await self._guilds.settings(guild_id)

    async def change(
        self, guild_id: int, user_id: int, change: Callable[[GuildSettings], GuildSettings]
    ) -> Change | None:
        """Change a server's settings, whatever they are by now; return what was, None when nothing.

        Raises ``RuleBroken`` when ``change`` does; nothing is changed then.
        """
        changed = await self._guilds.change(guild_id, user_id, change)
        if changed is not None:
            names = ", ".join(changed.what)
            log.info("user %s changed the settings of server %s: %s", user_id, guild_id, names)
        return changed

    async def recent(self, guild_id: int) -> list[Change]:
        """Return the newest changes of a server's settings, newest first."""
        return await self._guilds.changed(guild_id, most=RECENT)
