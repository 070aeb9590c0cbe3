"""The answer to one message, in its channel or by direct message."""

from __future__ import annotations

import logging

import discord

from bot.services.members import MemberService
from bot.ui import outgoing
from bot.ui.delivery.routes import is_route_closed
from bot.ui.errors import CardFactory
from bot.ui.i18n.languages import Languages
from bot.ui.intake.channel_access import ChannelAccess

log = logging.getLogger(__name__)


class MessageAnswer:
    """Answers a message by a reply, or by direct message where the bot can't send to the channel."""

    def __init__(
        self,
        message: discord.Message,
        access: ChannelAccess | None,
        member_service: MemberService,
        languages: Languages,
    ) -> None:
        self._message = message
        self._access = access
        self._member_service = member_service
        self._languages = languages
        self.name = f"message {message.id}"
        self.incident = message.id

    async def deliver(self, make_card: CardFactory, *, private: bool = False) -> None:
        """Send a card; a reply is as public as its message."""
        if self._access is not None and not self._access.can_send:
            # Only a direct message can explain this to the author; once a day is enough.
            if await self._member_service.claim_hint(self._message.author.id, "closed"):
                await self._send_direct(make_card)
            return
        try:
            await self.post_reply(make_card)
        except discord.HTTPException as error:
            if not is_route_closed(error):
                raise
            log.info("%s can't be answered in its channel (%d)", self.name, error.code)
            await self._send_direct(make_card)

    async def post_reply(self, make_card: CardFactory) -> discord.Message:
        """Send a card to the channel, as a reply where the bot may read its history."""
        message, access = self._message, self._access
        view = make_card(await self._languages.of_message(message, private=False))
        if access is not None and not access.can_reply:
            return await outgoing.send(access.channel, view)
        reference = message.to_reference(fail_if_not_exists=False)
        return await outgoing.send(message.channel, view, reference=reference)

    async def _send_direct(self, make_card: CardFactory) -> None:
        view = make_card(await self._languages.of_message(self._message, private=True))
        await outgoing.send(self._message.author, view)
