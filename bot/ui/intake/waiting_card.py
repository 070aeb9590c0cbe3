"""The card that tells the author of a message that their request waits for the database."""

from __future__ import annotations

import contextlib

import discord

from bot.ui import outgoing
from bot.ui.cards.job_cards import Cards
from bot.ui.i18n.languages import Languages
from bot.ui.intake.channel_access import ChannelAccess


class WaitingCard:
    """A reply that isn't sent yet; ``until`` is when the request stops waiting."""

    def __init__(
        self,
        message: discord.Message,
        access: ChannelAccess,
        cards: Cards,
        languages: Languages,
        until: float,
    ) -> None:
        self._message = message
        self._access = access
        self._cards = cards
        self._languages = languages
        self._until = until
        self.sent: discord.Message | None = None

    async def send(self) -> None:
        """Send the card."""
        locale = await self._languages.of_message(self._message, private=False)
        reference = self._message.to_reference(fail_if_not_exists=False)
        view = self._cards.storage_wait(locale, self._until)
        self.sent = await outgoing.send(self._access.channel, view, reference=reference)

    async def delete(self) -> None:
        """Delete the card if it was sent, as far as that is possible."""
        if self.sent is not None:
            with contextlib.suppress(discord.HTTPException, OSError):
                await self.sent.delete()
