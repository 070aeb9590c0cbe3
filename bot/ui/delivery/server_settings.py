"""The settings of servers, which decide what their cards offer."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable

from bot.domain.guild_settings import GuildSettings

log = logging.getLogger(__name__)


class ServerSettings:
    """Reads settings with ``read``; a card never waits for what can't be read."""

    def __init__(self, read: Callable[[int], Awaitable[GuildSettings]]) -> None:
        self._read = read

    async def of(self, guild_id: int | None) -> GuildSettings:
        """Return a server's settings; the defaults, which allow everything, when they can't be read."""
        try:
            return await self._read(guild_id) if guild_id else GuildSettings()
        except Exception:
            log.warning(
                "the settings of server %s can't be read; offering everything", guild_id, exc_info=True
            )
            return GuildSettings()
