"""Acknowledges interactions, and holds other work back until that is done."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable, Generator
from contextlib import asynccontextmanager, contextmanager
from typing import Any

import discord

from bot.domain.models import ReplyTo
from bot.services.precedence import Precedence
from bot.ui.errors import mark_public
from bot.ui.intake.interactions.acknowledgements import Acknowledgements

_TOKEN_LIFETIME = 14.5 * 60
"""Seconds; Discord's tokens expire after 15 minutes, and calls with expired ones count towards a ban."""
_EXPIRES_AT, _REPLY_TO = "expires_at", "reply_to"


class Deferrals:
    """Defers interactions; what it knows of each is kept with the interaction.

    ``precedence`` holds back other work of this process, ``acknowledgements`` the rest of the intake.
    """

    def __init__(
        self, acknowledgements: Acknowledgements, precedence: Precedence, clock: Callable[[], float]
    ) -> None:
        self._acknowledgements = acknowledgements
        self._precedence = precedence
        self._clock = clock

    @contextmanager
    def urgent(self, interaction: discord.Interaction[Any]) -> Generator[None]:
        """Hold other work back until the context ends."""
        with self._precedence.pending(interaction.id):
            yield

    @contextmanager
    def unacknowledged(self, interaction: discord.Interaction[Any]) -> Generator[None]:
        """Hold back what follows other acknowledgements, until the interaction is deferred or the end."""
        with self._acknowledgements.pending(interaction.id):
            yield

    @asynccontextmanager
    async def turn(self, turns: asyncio.Semaphore) -> AsyncGenerator[None]:
        """Take one of ``turns`` for what follows acknowledgements, when none is missing."""
        async with self._acknowledgements.turn(turns):
            yield

    def expires_at(self, interaction: discord.Interaction[Any]) -> float:
        """Return until when an interaction can be answered, counted from the first call."""
        return interaction.extras.setdefault(_EXPIRES_AT, self._clock() + _TOKEN_LIFETIME)

    async def acknowledge(self, interaction: discord.Interaction[Any]) -> ReplyTo:
        """Defer an interaction unless that is done; return what its answer is sent to."""
        reply_to: ReplyTo | None = interaction.extras.get(_REPLY_TO)
        if reply_to is None:
            reply_to = interaction.extras[_REPLY_TO] = await self._defer(interaction)
            self._acknowledgements.done(interaction.id)
        return reply_to

    async def _defer(self, interaction: discord.Interaction[Any]) -> ReplyTo:
        async with self._acknowledgements.own_turn():
            response = await interaction.response.defer(thinking=True)
        ephemeral = response is not None and response.is_ephemeral()
        if not ephemeral:
            mark_public(interaction)
        message_id = response.message_id if response else None
        if message_id is None:
            message_id = (await interaction.original_response()).id
        return ReplyTo(
            interaction_id=interaction.id,
            application_id=interaction.application_id,
            token=interaction.token,
            message_id=message_id,
            ephemeral=ephemeral,
            expires_at=self.expires_at(interaction),
        )
