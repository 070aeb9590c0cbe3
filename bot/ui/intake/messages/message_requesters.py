"""Reads from a message who requests, and where the answer goes."""

from __future__ import annotations

from collections.abc import Callable

import discord
from discord.utils import DEFAULT_FILE_SIZE_LIMIT_BYTES

from bot.domain.models import ReplyTo, Requester
from bot.ui.i18n.languages import DEFAULT_LOCALE, Languages
from bot.ui.intake.channel_access import ChannelAccess
from bot.ui.intake.requesters import channel_facts


class MessageRequesters:
    """Builds the requesters of messages."""

    def __init__(self, client: discord.Client, languages: Languages, clock: Callable[[], float]) -> None:
        self._client = client
        self._languages = languages
        self._clock = clock

    async def requester_of(self, message: discord.Message, access: ChannelAccess) -> Requester:
        """Return the author of a message as a requester."""
        guild, author = message.guild, message.author
        own_locale = await self._languages.known_locale(author.id)
        return Requester(
            user_id=author.id,
            channel_id=message.channel.id,
            guild_id=guild.id if guild else None,
            locale=own_locale or (str(guild.preferred_locale) if guild else DEFAULT_LOCALE),
            guild_locale=str(guild.preferred_locale) if guild else None,
            upload_limit=guild.filesize_limit if guild else DEFAULT_FILE_SIZE_LIMIT_BYTES,
            own_locale=own_locale,
            **channel_facts(access.channel, author),
        )

    def reply_to(self, message: discord.Message) -> ReplyTo:
        """Return where a message is answered: there is no token, and no card yet."""
        return ReplyTo(
            interaction_id=message.id,
            application_id=self._client.application_id or 0,
            token=None,
            message_id=0,
            ephemeral=False,
            expires_at=self._clock(),
        )
