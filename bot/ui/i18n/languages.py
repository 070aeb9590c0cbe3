"""Chooses the language of every answer."""

from __future__ import annotations

from typing import Any

import discord

from bot.domain.guild_settings import GuildSettings, Preferences
from bot.services.deadline import Deadline
from bot.services.guilds import GuildService
from bot.services.members import MemberService

DEFAULT_LOCALE = "en-US"
"""The locale of members whose Discord client's isn't known, outside servers."""


class Languages:
    """Chooses languages: the member's own for private answers, the server's for public ones."""

    def __init__(self, guild_service: GuildService, member_service: MemberService) -> None:
        self._guild_service = guild_service
        self._member_service = member_service
        self._soon = Deadline(0.7)

    async def of(self, interaction: discord.Interaction[Any]) -> str:
        """Return the language of a private answer to an interaction."""
        return await self.own(interaction.user.id, str(interaction.locale))

    async def of_answer(self, interaction: discord.Interaction[Any], *, private: bool) -> str:
        """Return the language of a private or public answer to an interaction."""
        if private:
            return await self.of(interaction)
        return await self.shared(interaction.guild_id, interaction.user.id, str(interaction.locale))

    async def of_message(self, message: discord.Message, *, private: bool) -> str:
        """Return the language of a private or public answer to a message."""
        author, guild = message.author.id, message.guild
        # Messages don't carry their author's language.
        locale = await self.known_locale(author) or (str(guild.preferred_locale) if guild else DEFAULT_LOCALE)
        if private:
            return await self.own(author, locale)
        return await self.shared(guild.id if guild else None, author, locale)

    async def known_locale(self, user_id: int) -> str | None:
        """Return the last known language of a member's Discord client."""
        return await self._soon.wait_or_default(self._member_service.known_locale(user_id), None)

    async def own(self, user_id: int, locale: str) -> str:
        """Return the language a member chose, else ``locale``, the one of their Discord client."""
        # An answer in another language is better than a late one.
        chosen = await self._soon.wait_or_default(self._member_service.preferences(user_id), Preferences())
        return chosen.language or locale

    async def shared(self, guild_id: int | None, user_id: int, locale: str) -> str:
        """Return the language of a public card: the server's where it has one, else the member's."""
        settings = await self._soon.wait_or_default(self._guild_service.settings(guild_id), GuildSettings())
        return settings.language or await self.own(user_id, locale)
