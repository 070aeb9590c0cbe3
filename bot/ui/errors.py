"""The one place where an error becomes an answer, for commands, buttons and modals alike."""

from __future__ import annotations

import logging
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any

import discord
from discord import app_commands

from bot.domain.errors import BotError, RuleBroken
from bot.ui.cards.job_cards import Cards
from bot.ui.i18n.languages import Languages

log = logging.getLogger(__name__)

_TOO_LATE = {10062, 40060}
"""Unknown interaction, and one that was acknowledged already: nobody is left to tell."""


class Failures:
    """Tells people what went wrong, and the log why."""

    def __init__(self, cards: Cards, languages: Languages) -> None:
        self._cards = cards
        self._languages = languages

    @asynccontextmanager
    async def answering(self, interaction: discord.Interaction[Any]) -> AsyncGenerator[None]:
        """Answer what has words for the person; everything else passes on to the door's own handler."""
        try:
            yield
        except BotError as error:
            await self.tell(interaction, error)

    async def tell(self, interaction: discord.Interaction[Any], error: Exception) -> None:
        """Answer an interaction that failed."""
        if isinstance(error, app_commands.CommandInvokeError):
            error = error.original
        if isinstance(error, discord.HTTPException) and error.code in _TOO_LATE:
            log.warning("interaction %s can't be answered any more (%s)", interaction.id, error.code)
        else:
            spoken, incident = judged(error, f"interaction {interaction.id}", interaction.id)
            await self._answer(interaction, spoken, incident)

    async def _answer(
        self, interaction: discord.Interaction[Any], error: BotError, incident: int | None
    ) -> None:
        locale = await self._languages.of_answer(interaction, private=not _is_thinking(interaction))
        card = self._cards.apology(locale, error, incident)
        nobody = discord.AllowedMentions.none()
        try:
            if not interaction.response.is_done():
                await interaction.response.send_message(view=card, ephemeral=True, allowed_mentions=nobody)
            elif _is_thinking(interaction):
                shown = await interaction.edit_original_response(view=card, allowed_mentions=nobody)
                if isinstance(error, RuleBroken) and not shown.flags.ephemeral:
                    # A rule is between the person and the server, but a deferral stays as public as it began.
                    await interaction.followup.send(view=card, ephemeral=True, allowed_mentions=nobody)
                    await shown.delete()
            else:
                await interaction.followup.send(view=card, ephemeral=True, allowed_mentions=nobody)
        except Exception as failure:
            # The last door: behind it nobody is left to tell but the log.
            log.warning("interaction %s: the answer could not be sent: %r", interaction.id, failure)


def judged(error: Exception, what: str, incident: int) -> tuple[BotError, int | None]:
    """Log an error; return what the person may read, with a number where the log alone knows more."""
    if isinstance(error, BotError):
        log.info("%s: %s %s", what, error, error.detail, exc_info=error.__cause__)
        return error, None
    log.error("%s failed", what, exc_info=error)
    return BotError(), incident


def _is_thinking(interaction: discord.Interaction[Any]) -> bool:
    return interaction.response.type is discord.InteractionResponseType.deferred_channel_message
