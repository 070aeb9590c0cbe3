"""What a reply to the bot is that doesn't mention it."""

from __future__ import annotations

import logging
from typing import Literal

import discord

from bot.domain.errors import BotError
from bot.services.guilds import GuildService
from bot.ui.cards.buttons.job_buttons import job_buttons_in
from bot.ui.components import components_of
from bot.ui.intake.messages.small_talk import is_small_talk

log = logging.getLogger(__name__)

ReplyMeaning = Literal["request", "hint", "nothing"]


class ReplyRules:
    """Tells requests from talk, by the server's setting and what Discord shows of a message."""

    def __init__(self, client: discord.Client, guild_service: GuildService) -> None:
        self._client = client
        self._guild_service = guild_service

    async def meaning(self, message: discord.Message) -> ReplyMeaning:
        """Return what a reply without a mention is: a request, worth a hint, or nothing; never raises."""
        to_picture = self._is_to_a_picture(message)
        if not (to_picture or self._notifies_the_bot(message)):
            return "nothing"
        # Thanks must cost nothing; a text that Discord withholds can't be told from a request.
        if message.content and is_small_talk(message.content):
            return "nothing"
        if message.content and await self._are_requests(message.guild):
            return "request"
        return "hint" if to_picture else "nothing"

    def _notifies_the_bot(self, message: discord.Message) -> bool:
        """Whether a reply notified the bot, which Discord does for its ordinary messages only."""
        return message.reference is not None and self._client.user in message.mentions

    def _is_to_a_picture(self, message: discord.Message) -> bool:
        """Whether a message replies to one of the bot's results."""
        replied = message.reference.resolved if message.reference else None
        return (
            isinstance(replied, discord.Message)
            and replied.author == self._client.user
            and any(action == "remix" for action, _ in job_buttons_in(components_of(replied)))
        )

    async def _are_requests(self, guild: discord.Guild | None) -> bool:
        try:
            settings = await self._guild_service.settings(guild.id if guild else None)
        except BotError as error:
            # Without its settings the server's choice is unknown, and a mention always works.
            log.info("a reply isn't taken as a request: %r", error)
            return False
        return settings.replies_without_mention
