"""Work on the database for interactions: an outage delays it, as long as the interaction can be answered."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

import discord

from bot.domain.errors import BotError
from bot.services.storage_wait import StorageWait
from bot.ui import outgoing
from bot.ui.cards.job_cards import Cards
from bot.ui.errors import is_public
from bot.ui.i18n.languages import Languages
from bot.ui.intake.interactions.deferrals import Deferrals

_PREPARATION = 1.0
"""Seconds before the acknowledgement in which a refusal can still be private from the start."""
_LAST_ANSWER = 15.0
"""Seconds before the token expires in which the user is told that an outage took too long."""
_WRITES = 3
"""Requests that are stored at the same time: in a burst, more would delay the acknowledgements."""
_TOLD_TO_WAIT = "told_to_wait"

_T = TypeVar("_T")


class InteractionStorage:
    """Runs work on the database for interactions, and shows where they wait for it."""

    def __init__(
        self,
        deferrals: Deferrals,
        cards: Cards,
        languages: Languages,
        clock: Callable[[], float],
        *,
        preparation: float = _PREPARATION,
    ) -> None:
        self._deferrals = deferrals
        self._cards = cards
        self._languages = languages
        self._clock = clock
        self._preparation = preparation
        self._wait = StorageWait()
        self._writes = asyncio.Semaphore(_WRITES)

    async def read(self, interaction: discord.Interaction[Any], work: Callable[[], Awaitable[_T]]) -> _T:
        """Return the result of ``work``, which reads what a request needs; defer if it takes long or fails.

        Raises ``BotError``, before the interaction is deferred where that is possible.
        """
        self._deferrals.expires_at(interaction)
        first = asyncio.ensure_future(work())
        try:
            with self._deferrals.unacknowledged(interaction):
                await asyncio.wait({first}, timeout=self._preparation)
                if first.done() and (isinstance(first.exception(), BotError) or not first.exception()):
                    return first.result()
                await self._deferrals.acknowledge(interaction)
            unfinished = [] if first.done() else [first]
            return await self._run(interaction, lambda: unfinished.pop() if unfinished else work())
        finally:
            first.cancel()

    async def write(self, interaction: discord.Interaction[Any], work: Callable[[], Awaitable[_T]]) -> _T:
        """Return the result of ``work``, which stores a request, in its turn after all acknowledgements."""
        async with self._deferrals.turn(self._writes):
            return await self._run(interaction, work)

    def showed_wait(self, interaction: discord.Interaction[Any]) -> bool:
        """Whether the interaction's user was shown that the request waits."""
        return bool(interaction.extras.get(_TOLD_TO_WAIT))

    async def _run(self, interaction: discord.Interaction[Any], work: Callable[[], Awaitable[_T]]) -> _T:
        """Return the result of ``work``; in an outage, show that the request waits."""
        until = self._deferrals.expires_at(interaction) - _LAST_ANSWER
        return await self._wait.run(
            work, seconds=until - self._clock(), notify=lambda: self._show_wait(interaction, until)
        )

    async def _show_wait(self, interaction: discord.Interaction[Any], until: float) -> None:
        interaction.extras[_TOLD_TO_WAIT] = True
        locale = await self._languages.of_answer(interaction, private=not is_public(interaction))
        await outgoing.edit_response(interaction, self._cards.storage_wait(locale, until))
