"""Which language somebody is answered in: chosen here and nowhere else."""

from __future__ import annotations

from typing import Any

import discord

from bot.domain.guild_settings import GuildSettings, Preferences
from bot.services.deadline import Patience
from bot.services.members import Personal
from bot.services.requests import ImageService


class Languages:
    """Chooses languages: a person's own for what they alone see, a server's for what all see."""

    def __init__(self, service: ImageService, personal: Personal) -> None:
        self._service = service
        self._personal = personal
        self._soon = Patience(0.7)

    async def of(self, interaction: discord.Interaction[Any]) -> str:
        """Return the language of an answer that only the person behind an interaction sees."""
        return await self.own(interaction.user.id, str(interaction.locale))

    async def of_answer(self, interaction: discord.Interaction[Any], *, private: bool) -> str:
        """Return the language of an interaction's answer, which all see unless it is private."""
        if private:
            return await self.of(interaction)
        return await self.shared(interaction.guild_id, interaction.user.id, str(interaction.locale))

    async def of_message(self, message: discord.Message, *, private: bool) -> str:
        """Return the language of a message's answer, which all see unless it is private."""
        author, guild = message.author.id, message.guild
        # A message doesn't tell its author's language.
        locale = await self.told(author) or (str(guild.preferred_locale) if guild else "en-US")
        if private:
            return await self.own(author, locale)
        return await self.shared(guild.id if guild else None, author, locale)

    async def told(self, user_id: int) -> str | None:
        """Return the language of a person's own Discord, as far as it was ever told."""
        return await self._soon.wait(self._service.language(user_id), None)

    async def own(self, user_id: int, locale: str) -> str:
        """Return a person's language: the one they chose, else ``locale``, as Discord says of them."""
        # An answer in another language is better than none.
        chosen = await self._soon.wait(self._personal.preferences(user_id), Preferences())
        return chosen.language or locale

    async def shared(self, guild_id: int | None, user_id: int, locale: str) -> str:
        """Return the language of a card that all see: the server's where it has one, else the asker's."""
        settings = await self._soon.wait(self._service.settings(guild_id), GuildSettings())
        return settings.language or await self.own(user_id, locale)
