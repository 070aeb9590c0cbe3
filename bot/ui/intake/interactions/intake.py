"""Accepts requests from interactions: prepare, defer, submit, then show the position in the queue.

An outage of the database delays each step, as long as the interaction can be answered.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import discord

from bot.domain.errors import BotError
from bot.domain.models import Draft, Job
from bot.services.member_limits import MemberLimiter
from bot.services.requests import PreparedRequest, RequestService
from bot.ui.intake.interactions.deferrals import Deferrals
from bot.ui.intake.interactions.queued_cards import QueuedCards
from bot.ui.intake.interactions.storage import InteractionStorage
from bot.ui.intake.offers import Choice, RefusedRequest
from bot.ui.intake.references.reference_list import FindReference, remix, resolve_all
from bot.ui.intake.request_refusals import RequestRefusals
from bot.ui.intake.requesters import requester_of
from bot.ui.running_handlers import RunningHandlers


class InteractionIntake:
    """Accepts requests from commands, buttons and modals, and presents the errors."""

    def __init__(
        self,
        requests: RequestService,
        deferrals: Deferrals,
        storage: InteractionStorage,
        cards: QueuedCards,
        refusals: RequestRefusals,
        handlers: RunningHandlers,
        references_limit: MemberLimiter,
    ) -> None:
        self._requests = requests
        self._deferrals = deferrals
        self._storage = storage
        self._cards = cards
        self._refusals = refusals
        self._handlers = handlers
        self._references_limit = references_limit

    async def accept(self, interaction: discord.Interaction[Any], draft: Draft) -> None:
        """Defer and submit a request."""
        await self._accept(interaction, draft, ())

    async def accept_remix(
        self, interaction: discord.Interaction[Any], draft: Draft, *finds: FindReference
    ) -> bool:
        """Defer, resolve each reference with one of ``finds``, and submit the request as a remix of them.

        Returns whether it was accepted.
        """
        return await self._accept(interaction, draft, finds)

    async def _accept(
        self, interaction: discord.Interaction[Any], draft: Draft, finds: Sequence[FindReference]
    ) -> bool:
        try:
            request = await self._prepare(interaction, draft, references=len(finds))
            if finds:
                follow_ratio = "ratio" in draft.defaulted
                request = await self._remixed(interaction, request, finds, follow_ratio=follow_ratio)
            await self._submit(interaction, request)
            return True
        except BotError as error:

            async def repeat(pressed: discord.Interaction[Any], choice: Choice) -> None:
                await self._accept(pressed, choice.changed(draft), choice.selected(finds))

            prompt = draft.request.prompt
            refused = RefusedRequest(user_id=interaction.user.id, prompt=lambda: prompt, repeat=repeat)
            await self._refusals.present(interaction, error, refused)
            return False

    async def _prepare(
        self, interaction: discord.Interaction[Any], draft: Draft, *, references: int
    ) -> PreparedRequest:
        """Prepare a request, as far as that is quick before the acknowledgement, and defer."""
        requester = requester_of(interaction)
        with self._deferrals.urgent(interaction), self._deferrals.unacknowledged(interaction):
            request = await self._storage.read(
                interaction, lambda: self._requests.prepare(draft, requester, references=references)
            )
            await self._deferrals.acknowledge(interaction)
        return request

    async def _remixed(
        self,
        interaction: discord.Interaction[Any],
        request: PreparedRequest,
        finds: Sequence[FindReference],
        *,
        follow_ratio: bool,
    ) -> PreparedRequest:
        """Return a request with its references; they decide its ratio if that may ``follow_ratio``."""
        async with self._references_limit.permit(interaction.user.id):
            found = await resolve_all(finds)
        draft = remix(request.draft, found, follow_ratio=follow_ratio, channel_id=interaction.channel_id)
        return replace(request, draft=draft)

    async def _submit(self, interaction: discord.Interaction[Any], request: PreparedRequest) -> None:
        """Submit the request and show its position in the queue."""
        with self._deferrals.urgent(interaction):
            reply_to = await self._deferrals.acknowledge(interaction)

            async def submit() -> Job | None:
                job = await self._requests.submit(request, reply_to)
                self._handlers.mark_accepted()
                return job

            job = await self._storage.write(interaction, submit)
            if job is not None:
                await self._cards.show(job, after_notice=self._storage.showed_wait(interaction))
