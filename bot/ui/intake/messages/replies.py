"""Answers to messages, in the channel or by direct message."""

from __future__ import annotations

import logging

import discord

from bot.services.members import MemberService
from bot.ui.brief_messages import BriefMessages
from bot.ui.cards.direct_help import direct_help
from bot.ui.cards.job_cards import Cards
from bot.ui.discord_errors import unexpected
from bot.ui.i18n.languages import Languages
from bot.ui.i18n.texts import Texts
from bot.ui.intake.channel_access import ChannelAccess, resolve_access
from bot.ui.intake.messages.message_answer import MessageAnswer
from bot.ui.intake.messages.waiting_card import WaitingCard

log = logging.getLogger(__name__)

HINT_SHOWN = 30.0
"""Seconds after which a hint is deleted."""


class MessageReplies:
    """Replies to messages with errors and hints."""

    def __init__(
        self,
        client: discord.Client,
        member_service: MemberService,
        cards: Cards,
        texts: Texts,
        languages: Languages,
    ) -> None:
        self._client = client
        self._member_service = member_service
        self._cards = cards
        self._texts = texts
        self._languages = languages
        self._hints = BriefMessages(HINT_SHOWN)

    def answer(self, message: discord.Message, access: ChannelAccess | None) -> MessageAnswer:
        """Return the way to answer a message; ``access`` is None where it isn't known."""
        return MessageAnswer(message, access, self._member_service, self._languages)

    def waiting_card(self, message: discord.Message, access: ChannelAccess, until: float) -> WaitingCard:
        """Return the notice, not sent yet, that a request waits for the database ``until`` a time."""
        return WaitingCard(self.answer(message, access), self._cards, until)

    async def send_hint(self, message: discord.Message) -> None:
        """Explain for a moment how a reply becomes an edit; never by direct message, never raises.

        A member gets it once in 30 days.
        """
        try:
            access = await resolve_access(message, self._client)
            if access.can_send and await self._member_service.claim_hint(message.author.id, "reply"):
                self._hints.add(await self.answer(message, access).post_reply(self._cards.hint))
        except discord.HTTPException as failure:
            log.info("message %s: the hint could not be sent: %r", message.id, failure)
        except Exception:
            # A hint is optional.
            log.exception("message %s: the hint could not be sent", message.id)

    async def close(self) -> None:
        """Delete the hints that are still shown."""
        await self._hints.close()

    async def send_direct_help(self, message: discord.Message) -> None:
        """Answer a direct message that is too short to be a request; never raises."""
        drawn = message.id if message.content.strip() else None
        answer = self.answer(message, None)
        try:
            await answer.post_reply(lambda locale: direct_help(self._texts, locale, drawn))
        except Exception as error:
            # Optional, as a hint is.
            log.info("%s: the help could not be sent: %r", answer.name, error, exc_info=unexpected(error))
