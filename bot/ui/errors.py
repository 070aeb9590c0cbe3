"""Turns errors into answers, for commands, buttons and modals alike."""

from __future__ import annotations

import logging
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any

import discord
from discord import app_commands

from bot.domain.errors import BotError, RuleBroken
from bot.ui import outgoing
from bot.ui.cards.job_cards import Cards
from bot.ui.i18n.languages import Languages

log = logging.getLogger(__name__)

_TOO_LATE = {10062, 40060}
"""Unknown interaction and already acknowledged: neither can be answered any more."""


class ErrorPresenter:
    """Shows members what went wrong and logs the cause."""

    def __init__(self, cards: Cards, languages: Languages) -> None:
        self._cards = cards
        self._languages = languages

    @asynccontextmanager
    async def present_errors(self, interaction: discord.Interaction[Any]) -> AsyncGenerator[None]:
        """Answer a ``BotError``; let every other error reach the command tree's handler."""
        try:
            yield
        except BotError as error:
            await self.present(interaction, error)

    async def present(self, interaction: discord.Interaction[Any], error: Exception) -> None:
        """Answer an interaction that failed."""
        if isinstance(error, app_commands.CommandInvokeError):
            error = error.original
        if isinstance(error, discord.HTTPException) and error.code in _TOO_LATE:
            log.warning("interaction %s can't be answered any more (%s)", interaction.id, error.code)
        else:
            shown_error, incident = classify_error(error, f"interaction {interaction.id}", interaction.id)
            await self._answer(interaction, shown_error, incident)

    async def _answer(
        self, interaction: discord.Interaction[Any], error: BotError, incident: int | None
    ) -> None:
        locale = await self._languages.of_answer(interaction, private=not _is_thinking(interaction))
        card = self._cards.error(locale, error, incident)
        try:
            if not interaction.response.is_done():
                await outgoing.respond(interaction, card)
            elif _is_thinking(interaction):
                shown = await outgoing.edit_response(interaction, card)
                if isinstance(error, RuleBroken) and not shown.flags.ephemeral:
                    # Refusals by rules are private, but a deferred response keeps its visibility.
                    await outgoing.follow_up(interaction, card)
                    await shown.delete()
            else:
                await outgoing.follow_up(interaction, card)
        except Exception as failure:
            # Nothing else can reach the member now, so the log must do.
            log.warning("interaction %s: the answer could not be sent: %r", interaction.id, failure)


def classify_error(error: Exception, what: str, incident: int) -> tuple[BotError, int | None]:
    """Log an error; return the one to show, and an incident number where only the log has the cause."""
    if isinstance(error, BotError):
        log.info("%s: %s %s", what, error, error.detail, exc_info=error.__cause__)
        return error, None
    log.error("%s failed", what, exc_info=error)
    return BotError(), incident


def _is_thinking(interaction: discord.Interaction[Any]) -> bool:
    return interaction.response.type is discord.InteractionResponseType.deferred_channel_message
