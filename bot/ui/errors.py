"""Turns errors into answers, for commands, buttons, modals and messages alike."""

from __future__ import annotations

import logging
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from typing import Any, Protocol

import discord
from discord import app_commands, ui

from bot.domain.errors import BotError, RuleBroken, StorageUnavailable
from bot.store.errors import DatabaseOutage
from bot.ui import outgoing
from bot.ui.cards.job_cards import Cards
from bot.ui.cards.layout import card
from bot.ui.discord_errors import unexpected
from bot.ui.i18n.languages import Languages

log = logging.getLogger(__name__)

CardFactory = Callable[[str], ui.LayoutView]
"""Builds a card in a language."""

_TOO_LATE = {10062, 40060}
"""Unknown interaction and already acknowledged: neither can be answered any more."""
_PUBLIC = "public"


class Answer(Protocol):
    """A way to answer an interaction or a message."""

    @property
    def name(self) -> str:
        """What is answered, for the log."""
        ...

    @property
    def incident(self) -> int:
        """The number under which the log has the cause of an unexpected error."""
        ...

    async def deliver(self, make_card: CardFactory, *, private: bool) -> None:
        """Send a card; if ``private``, visible only to the member wherever that is possible."""
        ...


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

    async def present(
        self, interaction: discord.Interaction[Any], error: Exception, make_card: CardFactory | None = None
    ) -> None:
        """Answer an interaction that failed, with a card of its own if there is one."""
        if isinstance(error, app_commands.CommandInvokeError):
            error = error.original
        if isinstance(error, discord.HTTPException) and error.code in _TOO_LATE:
            log.warning("interaction %s can't be answered any more (%s)", interaction.id, error.code)
        else:
            await self.answer(InteractionAnswer(interaction, self._languages), error, make_card)

    async def answer(self, answer: Answer, error: Exception, make_card: CardFactory | None = None) -> None:
        """Log an error and answer with it; never raises. Refusals by rules are private."""
        shown, incident = _classify(error, answer)
        try:
            await answer.deliver(
                make_card or (lambda locale: self._cards.error(locale, shown, incident)),
                private=isinstance(shown, RuleBroken),
            )
        except Exception as failure:
            # Nothing else can reach the member now, so the log must do.
            log.warning(
                "%s: the answer could not be sent: %r", answer.name, failure, exc_info=unexpected(failure)
            )


class InteractionAnswer:
    """Answers an interaction, whether or not it was acknowledged."""

    def __init__(self, interaction: discord.Interaction[Any], languages: Languages) -> None:
        self._interaction = interaction
        self._languages = languages
        self.name = f"interaction {interaction.id}"
        self.incident = interaction.id

    async def deliver(self, make_card: CardFactory, *, private: bool) -> None:
        """Send a card: as the response, into a deferred response, or as a private follow-up."""
        interaction = self._interaction
        if not interaction.response.is_done():
            view = make_card(await self._languages.of(interaction))
            await outgoing.respond(interaction, view)
        elif not _is_thinking(interaction):
            await self._follow_up(make_card)
        elif private and is_public(interaction):
            await self._replace_privately(make_card)
        else:
            view = make_card(await self._languages.of_answer(interaction, private=private))
            await outgoing.edit_response(interaction, view)

    async def _replace_privately(self, make_card: CardFactory) -> None:
        """Replace the public response by a private one."""
        # Edited first: a follow-up to a deferred response takes its place, and its visibility.
        placeholder = card(ui.TextDisplay[Any]("…"))
        response = await outgoing.edit_response(self._interaction, placeholder)
        await self._follow_up(make_card)
        await response.delete()

    async def _follow_up(self, make_card: CardFactory) -> None:
        view = make_card(await self._languages.of(self._interaction))
        await outgoing.follow_up(self._interaction, view)


def mark_public(interaction: discord.Interaction[Any]) -> None:
    """Note that an interaction was deferred publicly, so that private answers replace its response."""
    interaction.extras[_PUBLIC] = True


def is_public(interaction: discord.Interaction[Any]) -> bool:
    """Whether an interaction was deferred publicly."""
    return bool(interaction.extras.get(_PUBLIC))


def _classify(error: Exception, answer: Answer) -> tuple[BotError, int | None]:
    """Log an error; return the one to show, and an incident number where only the log has the cause."""
    if isinstance(error, DatabaseOutage):
        # The outage itself is logged once, by the store.
        log.debug("%s: %s", answer.name, error)
        return StorageUnavailable(), None
    if isinstance(error, BotError):
        log.info("%s: %s %s", answer.name, error, error.detail, exc_info=error.fault)
        return error, None
    log.error("%s failed", answer.name, exc_info=error)
    return BotError(), answer.incident


def _is_thinking(interaction: discord.Interaction[Any]) -> bool:
    return interaction.response.type is discord.InteractionResponseType.deferred_channel_message
