"""Error messages and hints for members who write messages, in the channel or by direct message."""

from __future__ import annotations

import logging
from collections.abc import Callable

import discord
from discord import ui

from bot.services.requests import ImageService
from bot.ui import outgoing
from bot.ui.cards.job_cards import Cards
from bot.ui.delivery.routes import is_route_closed
from bot.ui.errors import classify_error
from bot.ui.i18n.languages import Languages
from bot.ui.intake.channel_access import ChannelAccess, resolve_access

log = logging.getLogger(__name__)

CardFactory = Callable[[str], ui.LayoutView]
"""Builds a card in a language."""


class MessageReplies:
    """Replies to messages with errors and hints; never raises."""

    def __init__(
        self, client: discord.Client, service: ImageService, cards: Cards, languages: Languages
    ) -> None:
        self._client = client
        self._service = service
        self._cards = cards
        self._languages = languages

    async def present_error(
        self, message: discord.Message, error: Exception, access: ChannelAccess | None = None
    ) -> None:
        """Show a message's author what went wrong, and log the cause."""
        shown_error, incident = classify_error(error, f"message {message.id}", message.id)
        try:
            await self._send(message, lambda locale: self._cards.error(locale, shown_error, incident), access)
        except Exception as failure:
            # Nothing else can reach the author now, so the log must do.
            log.warning("message %s: the answer could not be sent: %r", message.id, failure)

    async def send_hint(self, message: discord.Message) -> None:
        """Explain at most once a day how a reply becomes a remix; never by direct message."""
        try:
            access = await resolve_access(message, self._client)
            if access.can_send and await self._service.claim_hint(message.author.id, "reply"):
                await self._reply(message, self._cards.hint, access)
        except discord.HTTPException as failure:
            log.info("message %s: the hint could not be sent: %r", message.id, failure)
        except Exception:
            # A hint is optional.
            log.exception("message %s: the hint could not be sent", message.id)

    async def _send(
        self, message: discord.Message, make_card: CardFactory, access: ChannelAccess | None
    ) -> None:
        if access is not None and not access.can_send:
            # Only a direct message can explain this to the author; once a day is enough.
            if await self._service.claim_hint(message.author.id, "closed"):
                await self._send_direct(message, make_card)
            return
        try:
            await self._reply(message, make_card, access)
        except discord.HTTPException as error:
            if not is_route_closed(error):
                raise
            log.info("message %s can't be answered in its channel (%d)", message.id, error.code)
            await self._send_direct(message, make_card)

    async def _reply(
        self, message: discord.Message, make_card: CardFactory, access: ChannelAccess | None
    ) -> None:
        view = make_card(await self._languages.of_message(message, private=False))
        if access is not None and not access.can_reply:
            await outgoing.send(access.channel, view)
            return
        reference = message.to_reference(fail_if_not_exists=False)
        await outgoing.send(message.channel, view, reference=reference)

    async def _send_direct(self, message: discord.Message, make_card: CardFactory) -> None:
        view = make_card(await self._languages.of_message(message, private=True))
        await outgoing.send(message.author, view)
