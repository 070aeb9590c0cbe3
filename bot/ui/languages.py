"""Which language somebody is answered in: chosen here and nowhere else."""

from __future__ import annotations

import logging
from typing import Any

import discord

from bot.personal import Personal
from bot.service import ImageService

log = logging.getLogger(__name__)


class Languages:
    """Chooses languages: a person's own for what they alone see, a server's for what all see."""

    def __init__(self, service: ImageService, personal: Personal) -> None:
        self._service = service
        self._personal = personal

    async def of(self, interaction: discord.Interaction[Any]) -> str:
        """Return the language of an answer that only the person behind an interaction sees."""
        return await self.own(interaction.user.id, str(interaction.locale))

    async def of_answer(self, interaction: discord.Interaction[Any], *, private: bool) -> str:
        """Return the language of an interaction's answer, which all see unless it is private."""
        if private:
            return await self.of(interaction)
        return await self.shared(interaction.guild_id, interaction.user.id, str(interaction.locale))

    async def own(self, user_id: int, locale: str) -> str:
        """Return a person's language: the one they chose, else ``locale``, as Discord says of them."""
        try:
            chosen = await self._personal.preferences(user_id)
        except Exception:
            # An answer in another language is better than none.
            log.exception("the language of user %s can't be looked up", user_id)
            return locale
        return chosen.language or locale

    async def shared(self, guild_id: int | None, user_id: int, locale: str) -> str:
        """Return the language of a card that all see: the server's where it has one, else the asker's."""
        try:
            settings = await self._service.settings(guild_id)
        except Exception:
            # As above.
            log.exception("the language of server %s can't be looked up", guild_id)
            return locale
        return settings.language or await self.own(user_id, locale)
