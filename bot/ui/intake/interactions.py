"""Accepts requests from interactions: prepare, defer, submit, then show the position in the queue."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any

import discord

from bot.domain.errors import BotError
from bot.domain.models import Draft, ReplyTo
from bot.services.deadline import Deadline
from bot.services.member_limits import MemberLimiter
from bot.services.queue import QueueService
from bot.services.requests import PreparedRequest, RequestService
from bot.ui.delivery.discord_delivery import DiscordDelivery
from bot.ui.errors import ErrorPresenter, mark_public
from bot.ui.intake.references import ResolvedReference
from bot.ui.intake.requesters import requester_of

_TOKEN_LIFETIME = 14.5 * 60
"""Seconds; Discord's tokens expire after 15 minutes, and calls with expired ones count towards a ban."""
_PREPARATION = 1.0
"""Seconds before the acknowledgement in which a refusal can still be private from the start."""

FindReference = Callable[[], Awaitable[ResolvedReference]]


class InteractionIntake:
    """Accepts requests from commands, buttons and modals, and presents the errors."""

    def __init__(
        self,
        requests: RequestService,
        queue: QueueService,
        delivery: DiscordDelivery,
        errors: ErrorPresenter,
        clock: Callable[[], float],
        references_limit: MemberLimiter,
    ) -> None:
        self._requests = requests
        self._queue = queue
        self._delivery = delivery
        self._errors = errors
        self._references_limit = references_limit
        self._clock = clock
        self._deadline = Deadline(_PREPARATION)

    async def accept(self, interaction: discord.Interaction[Any], draft: Draft) -> None:
        """Defer and submit a request."""
        async with self._errors.present_errors(interaction):
            request, reply_to = await self._acknowledge(interaction, draft)
            await self._submit(request, reply_to)

    async def accept_remix(
        self, interaction: discord.Interaction[Any], draft: Draft, find: FindReference
    ) -> None:
        """Defer, resolve the reference with ``find``, and submit the request as a remix of it."""
        async with self._errors.present_errors(interaction):
            request, reply_to = await self._acknowledge(interaction, draft)
            async with self._references_limit.permit(interaction.user.id):
                reference = await find()
            remix = reference.remix(request.draft)
            await self._submit(replace(request, draft=remix), reply_to)

    async def _acknowledge(
        self, interaction: discord.Interaction[Any], draft: Draft
    ) -> tuple[PreparedRequest, ReplyTo]:
        """Prepare a request, as far as that is quick before the acknowledgement, and defer."""
        requester = requester_of(interaction)
        request = await self._deadline.wait_or_default(
            self._requests.prepare(draft, requester), None, raises=BotError
        )
        reply_to = await self._defer(interaction)
        return request or await self._requests.prepare(draft, requester), reply_to

    async def _defer(self, interaction: discord.Interaction[Any]) -> ReplyTo:
        expires_at = self._clock() + _TOKEN_LIFETIME
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
            expires_at=expires_at,
        )

    async def _submit(self, request: PreparedRequest, reply_to: ReplyTo) -> None:
        """Submit the request and show its position in the queue."""
        job = await self._requests.submit(request, reply_to)
        if job is None:
            return
        self._delivery.expect(job)
        # Let the runner go first: a job that can start needn't wait for the lookup of its position.
        await asyncio.sleep(0)
        await self._delivery.show_position(*await self._queue.initial_position(job))
