"""What is said to people who write messages, beside their message or to them alone."""

from __future__ import annotations

import logging
from collections.abc import Callable

import discord
from discord import ui

from bot.services.requests import ImageService
from bot.ui.cards.job_cards import Cards
from bot.ui.delivery.routes import is_closed
from bot.ui.errors import judged
from bot.ui.i18n.languages import Languages
from bot.ui.intake.channel_access import Ground, ground_of

log = logging.getLogger(__name__)

Make = Callable[[str], ui.LayoutView]
"""Makes a card in a language."""
_NOBODY = discord.AllowedMentions.none()


class Answers:
    """Says why a message came to nothing, and gives hints; never fails."""

    def __init__(
        self, client: discord.Client, service: ImageService, cards: Cards, languages: Languages
    ) -> None:
        self._client = client
        self._service = service
        self._cards = cards
        self._languages = languages

    async def tell(self, message: discord.Message, error: Exception, ground: Ground | None = None) -> None:
        """Tell a message's author what went wrong, and the log why."""
        spoken, incident = judged(error, f"message {message.id}", message.id)
        try:
            await self._say(message, lambda locale: self._cards.apology(locale, spoken, incident), ground)
        except Exception as failure:
            # The last door: behind it nobody is left to tell but the log.
            log.warning("message %s: the answer could not be sent: %r", message.id, failure)

    async def hint(self, message: discord.Message) -> None:
        """Say once a day how a reply becomes a remix; that is worth no direct message."""
        try:
            ground = await ground_of(message, self._client)
            if ground.speaks and await self._service.take_hint(message.author.id, "reply"):
                await self._reply(message, self._cards.hint, ground)
        except discord.HTTPException as failure:
            log.info("message %s: no hint could be given: %r", message.id, failure)
        except Exception:
            # A courtesy: nobody misses it.
            log.exception("message %s: no hint could be given", message.id)

    async def _say(self, message: discord.Message, make: Make, ground: Ground | None) -> None:
        if ground is not None and not ground.speaks:
            # Nobody else can tell its author why nothing happens; once a day will do.
            if await self._service.take_hint(message.author.id, "closed"):
                await self._write(message, make)
            return
        try:
            await self._reply(message, make, ground)
        except discord.HTTPException as error:
            if not is_closed(error):
                raise
            log.info("message %s can't be answered where it is (%d)", message.id, error.code)
            await self._write(message, make)

    async def _reply(self, message: discord.Message, make: Make, ground: Ground | None) -> None:
        view = make(await self._languages.of_message(message, private=False))
        if ground is not None and not ground.refers:
            await ground.channel.send(view=view, allowed_mentions=_NOBODY)
            return
        reference = message.to_reference(fail_if_not_exists=False)
        await message.channel.send(view=view, reference=reference, allowed_mentions=_NOBODY)

    async def _write(self, message: discord.Message, make: Make) -> None:
        view = make(await self._languages.of_message(message, private=True))
        await message.author.send(view=view, allowed_mentions=_NOBODY)
