"""Where a person's request is taken in: deferred first, then accepted, then shown in line."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any

import discord

from bot.domain.models import Draft, ReplyTo
from bot.services.requests import ImageService
from bot.ui.delivery.discord_delivery import Delivery
from bot.ui.errors import Failures
from bot.ui.i18n.languages import Languages
from bot.ui.intake.references import Found
from bot.ui.intake.requesters import requester_of

_TOKEN_LIFE = 14.5 * 60
"""Discord forgets a token after 15 minutes, and asking with a dead one counts towards a ban."""


class Desk:
    """Takes requests from interactions; whoever can't be served is told why."""

    def __init__(
        self,
        service: ImageService,
        delivery: Delivery,
        failures: Failures,
        languages: Languages,
        clock: Callable[[], float],
    ) -> None:
        self._service = service
        self._delivery = delivery
        self._failures = failures
        self._languages = languages
        self._clock = clock

    async def accept(self, interaction: discord.Interaction[Any], draft: Draft) -> None:
        """Defer and take the request in."""
        async with self._failures.answering(interaction):
            await self._submit(interaction, draft, await self._defer(interaction, draft))

    async def accept_remix(
        self,
        interaction: discord.Interaction[Any],
        draft: Draft,
        find: Callable[[], Awaitable[Found]],
    ) -> None:
        """Defer, find and check the reference, and only then take the request in as a remix of it."""
        async with self._failures.answering(interaction):
            reply_to = await self._defer(interaction, draft)
            found = await find()
            draft = replace(
                draft,
                kind="remix",
                request=replace(draft.request, reference=found.url),
                source=found.source,
                spoiler=found.spoiler,
            )
            await self._submit(interaction, draft, reply_to)

    async def _defer(self, interaction: discord.Interaction[Any], draft: Draft) -> ReplyTo:
        """Check the rules, then acknowledge the interaction within its three seconds."""
        await self._service.check(draft, requester_of(interaction))
        expires_at = self._clock() + _TOKEN_LIFE
        response = await interaction.response.defer(thinking=True)
        message_id = response.message_id if response else None
        if message_id is None:
            message_id = (await interaction.original_response()).id
        return ReplyTo(
            interaction_id=interaction.id,
            application_id=interaction.application_id,
            token=interaction.token,
            message_id=message_id,
            ephemeral=response is not None and response.is_ephemeral(),
            expires_at=expires_at,
        )

    async def _submit(self, interaction: discord.Interaction[Any], draft: Draft, reply_to: ReplyTo) -> None:
        """Accept the request and show its place in line."""
        locale = await self._languages.of_answer(interaction, private=reply_to.ephemeral)
        job = await self._service.submit(draft, requester_of(interaction, locale), reply_to)
        if job is None:
            return
        self._delivery.expect(job)
        # The runner goes first: a job that can start needn't wait until its place is looked up.
        await asyncio.sleep(0)
        await self._delivery.show_place(*await self._service.first_place(job))
