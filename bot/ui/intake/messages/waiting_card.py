"""The card that tells the author of a message that their request waits for the database."""

from __future__ import annotations

import contextlib

import discord

from bot.ui.cards.job_cards import Cards
from bot.ui.intake.messages.message_answer import MessageAnswer


class WaitingCard:
    """A reply that isn't sent yet; ``until`` is when the request stops waiting."""

    def __init__(self, answer: MessageAnswer, cards: Cards, until: float) -> None:
        self._answer = answer
        self._cards = cards
        self._until = until
        self.sent: discord.Message | None = None

    async def send(self) -> None:
        """Send the card."""
        self.sent = await self._answer.post_reply(
            lambda locale: self._cards.storage_wait(locale, self._until)
        )

    async def delete(self) -> None:
        """Delete the card if it was sent, as far as that is possible."""
        if self.sent is not None:
            with contextlib.suppress(discord.HTTPException, OSError):
                await self.sent.delete()
