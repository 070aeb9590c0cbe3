"""Leaves servers that the bot isn't for, once it has said why."""

from __future__ import annotations

import logging
from collections.abc import Collection
from typing import Any

import discord
from discord import ui
from discord.ext import commands

from bot.gateway.client import ImageBot
from bot.ui import outgoing
from bot.ui.cards.layout import card
from bot.ui.i18n.texts import Texts

log = logging.getLogger(__name__)
_LOGGED = 20
"""Servers named in one line of the log."""


class AllowedServersCog(commands.Cog):
    """Leaves other servers when it is added to them; in those it is on already, requests are refused.

    A wrong id in the settings must not take the bot out of all servers.
    """

    def __init__(self, client: discord.Client, texts: Texts, allowed: Collection[int]) -> None:
        self._client = client
        self._texts = texts
        self._allowed = allowed

    @commands.Cog.listener()
    async def on_guild_join(self, guild: discord.Guild) -> None:
        """Say in the system channel that the bot isn't for this server, and leave it."""
        if guild.id in self._allowed:
            return
        log.warning("server %s isn't in ALLOWED_SERVERS: leaving it", guild.id)
        channel = guild.system_channel
        try:
            if channel is not None and channel.permissions_for(guild.me).send_messages:
                text = self._texts(str(guild.preferred_locale), "welcome.not-allowed")
                await outgoing.send(channel, card(ui.TextDisplay[Any](text)))
            await guild.leave()
        except discord.HTTPException as error:
            log.warning("server %s could not be left: %r", guild.id, error)

    @commands.Cog.listener()
    async def on_ready(self) -> None:
        """Log in which servers requests are refused."""
        others = [str(guild.id) for guild in self._client.guilds if guild.id not in self._allowed]
        if others:
            more = f" and {len(others) - _LOGGED} more" if len(others) > _LOGGED else ""
            log.warning(
                "requests are refused in servers that aren't in ALLOWED_SERVERS: %s%s",
                ", ".join(others[:_LOGGED]),
                more,
            )


async def setup(bot: ImageBot) -> None:
    """Register the cog where the bot isn't for all servers."""
    if allowed := bot.app.settings.allowed_servers:
        await bot.add_cog(AllowedServersCog(bot, bot.presentation.texts, allowed))
