"""Where a person's request is taken in: deferred first, then accepted, then shown in line."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any

import discord

from bot.models import Draft, ImageRequest, ReplyTo, Requester, Waiting
from bot.service import ImageService
from bot.ui.delivery import Delivery
from bot.ui.references import Found

_TOKEN_LIFE = 14.5 * 60
"""Discord forgets a token after 15 minutes, and asking with a dead one counts towards a ban."""


class Desk:
    """Takes requests from interactions; raises ``RuleBroken`` before anything is said in the channel."""

    def __init__(self, service: ImageService, delivery: Delivery, clock: Callable[[], float]) -> None:
        self._service = service
        self._delivery = delivery
        self._clock = clock

    async def accept(self, interaction: discord.Interaction[Any], draft: Draft) -> None:
        """Defer and take the request in."""
        await self.submit(interaction, draft, await self.defer(interaction, draft))

    async def accept_remix(
        self,
        interaction: discord.Interaction[Any],
        request: ImageRequest,
        find: Callable[[], Awaitable[Found]],
    ) -> None:
        """Defer, find and check the reference, and only then take the request in."""
        draft = Draft(kind="remix", request=request)
        reply_to = await self.defer(interaction, draft)
        found = await find()
        draft = replace(
            draft,
            request=replace(request, reference=found.url),
            source=found.source,
            spoiler=found.spoiler,
        )
        await self.submit(interaction, draft, reply_to)

    async def defer(self, interaction: discord.Interaction[Any], draft: Draft) -> ReplyTo:
        """Check the rules, then acknowledge the interaction within its three seconds."""
        self._service.check(draft)
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

    async def submit(self, interaction: discord.Interaction[Any], draft: Draft, reply_to: ReplyTo) -> None:
        """Accept the request and show its place in line."""
        job = await self._service.submit(draft, _requester(interaction), reply_to)
        if job is not None:
            await self._delivery.progress(job, Waiting(place=await self._service.place(job)), first=True)


def _requester(interaction: discord.Interaction[Any]) -> Requester:
    return Requester(
        user_id=interaction.user.id,
        channel_id=interaction.channel_id or 0,
        guild_id=interaction.guild_id,
        locale=str(interaction.locale),
        guild_locale=str(interaction.guild_locale) if interaction.guild_locale else None,
        upload_limit=interaction.filesize_limit,
    )
