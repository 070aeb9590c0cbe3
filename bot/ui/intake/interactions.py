"""Accepts requests from interactions: defer, submit, then show the place in the queue."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any

import discord

from bot.domain.models import Draft, ReplyTo
from bot.services.requests import ImageService
from bot.ui.delivery.discord_delivery import DiscordDelivery
from bot.ui.errors import ErrorPresenter
from bot.ui.i18n.languages import Languages
from bot.ui.intake.references import ResolvedReference
from bot.ui.intake.requesters import requester_of

_TOKEN_LIFETIME = 14.5 * 60
"""Seconds; Discord's tokens expire after 15 minutes, and calls with expired ones count towards a ban."""


class InteractionIntake:
    """Accepts requests from commands, buttons and modals, and presents the errors."""

    def __init__(
        self,
        service: ImageService,
        delivery: DiscordDelivery,
        errors: ErrorPresenter,
        languages: Languages,
        clock: Callable[[], float],
    ) -> None:
        self._service = service
        self._delivery = delivery
        self._errors = errors
        self._languages = languages
        self._clock = clock

    async def accept(self, interaction: discord.Interaction[Any], draft: Draft) -> None:
        """Defer and submit the request."""
        async with self._errors.present_errors(interaction):
            await self._submit(interaction, draft, await self._defer(interaction, draft))

    async def accept_remix(
        self,
        interaction: discord.Interaction[Any],
        draft: Draft,
        find: Callable[[], Awaitable[ResolvedReference]],
    ) -> None:
        """Defer, resolve the reference with ``find``, and submit the request as a remix of it."""
        async with self._errors.present_errors(interaction):
            reply_to = await self._defer(interaction, draft)
            reference = await find()
            draft = replace(
                draft,
                kind="remix",
                request=replace(draft.request, reference=reference.url),
                source=reference.source,
                spoiler=reference.spoiler,
            )
            await self._submit(interaction, draft, reply_to)

    async def _defer(self, interaction: discord.Interaction[Any], draft: Draft) -> ReplyTo:
        """Check the rules, then acknowledge the interaction within its three seconds."""
        await self._service.check(draft, requester_of(interaction))
        expires_at = self._clock() + _TOKEN_LIFETIME
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
        """Submit the request and show its place in the queue."""
        locale = await self._languages.of_answer(interaction, private=reply_to.ephemeral)
        job = await self._service.submit(draft, requester_of(interaction, locale), reply_to)
        if job is None:
            return
        self._delivery.expect(job)
        # Let the runner go first: a job that can start needn't wait for the lookup of its place.
        await asyncio.sleep(0)
        await self._delivery.show_place(*await self._service.initial_position(job))
