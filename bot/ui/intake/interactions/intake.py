"""Accepts requests from interactions: prepare, defer, submit, then show the position in the queue.

An outage of the database delays each step, as long as the interaction can be answered.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from typing import Any, TypeVar

import discord

from bot.domain.errors import BotError
from bot.domain.models import Draft, Job, ReplyTo
from bot.services.member_limits import MemberLimiter
from bot.services.precedence import Precedence
from bot.services.queue import QueueService
from bot.services.requests import PreparedRequest, RequestService
from bot.services.storage_wait import StorageWait
from bot.ui import outgoing
from bot.ui.cards.job_cards import Cards
from bot.ui.delivery.discord_delivery import DiscordDelivery
from bot.ui.errors import ErrorPresenter, is_public, mark_public
from bot.ui.i18n.languages import Languages
from bot.ui.intake.interactions.acknowledgements import Acknowledgements
from bot.ui.intake.offers import Choice, Offers
from bot.ui.intake.references.reference_list import FindReference, remix, resolve_all
from bot.ui.intake.requesters import requester_of
from bot.ui.running_handlers import RunningHandlers

_TOKEN_LIFETIME = 14.5 * 60
"""Seconds; Discord's tokens expire after 15 minutes, and calls with expired ones count towards a ban."""
_LAST_ANSWER = 15.0
"""Seconds before the token expires in which the user is told that an outage took too long."""
_PREPARATION = 1.0
"""Seconds before the acknowledgement in which a refusal can still be private from the start."""
_SUBMISSIONS, _FIRST_CARDS = 3, 16
"""Requests that are stored, and waiting cards that are shown, at the same time: in a burst, more would delay
the acknowledgements."""
_EXPIRES_AT, _REPLY_TO, _TOLD_TO_WAIT = "expires_at", "reply_to", "told_to_wait"

_T = TypeVar("_T")


class InteractionIntake:
    """Accepts requests from commands, buttons and modals, and presents the errors.

    ``precedence`` holds other work back while a request isn't acknowledged, stored and shown.
    """

    def __init__(
        self,
        requests: RequestService,
        queue: QueueService,
        delivery: DiscordDelivery,
        errors: ErrorPresenter,
        cards: Cards,
        languages: Languages,
        handlers: RunningHandlers,
        clock: Callable[[], float],
        references_limit: MemberLimiter,
        offers: Offers,
        precedence: Precedence,
        acknowledgements: Acknowledgements,
    ) -> None:
        self._requests = requests
        self._queue = queue
        self._delivery = delivery
        self._errors = errors
        self._cards = cards
        self._languages = languages
        self._handlers = handlers
        self._clock = clock
        self._references_limit = references_limit
        self._offers = offers
        self._precedence = precedence
        self._storage = StorageWait()
        self._acknowledgements = acknowledgements
        self._submissions = asyncio.Semaphore(_SUBMISSIONS)
        self._first_cards = asyncio.Semaphore(_FIRST_CARDS)

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

    async def read(self, interaction: discord.Interaction[Any], work: Callable[[], Awaitable[_T]]) -> _T:
        """Return the result of ``work``, which reads what a request needs; defer if it takes long or fails.

        Raises ``BotError``, before the interaction is deferred where that is possible.
        """
        self._expires_at(interaction)
        first = asyncio.ensure_future(work())
        try:
            with self._acknowledgements.pending(interaction.id):
                await asyncio.wait({first}, timeout=_PREPARATION)
                if first.done() and (isinstance(first.exception(), BotError) or not first.exception()):
                    return first.result()
                await self._acknowledge(interaction)
            unfinished = [] if first.done() else [first]
            return await self._through_outage(interaction, lambda: unfinished.pop() if unfinished else work())
        finally:
            first.cancel()

    async def _accept(
        self, interaction: discord.Interaction[Any], draft: Draft, finds: Sequence[FindReference]
    ) -> bool:
        try:
            request = await self._prepare(interaction, draft, references=len(finds))
            if finds:
                async with self._references_limit.permit(interaction.user.id):
                    references = await resolve_all(finds)
                follow_ratio, channel_id = "ratio" in draft.defaulted, interaction.channel_id
                remixed = remix(request.draft, references, follow_ratio=follow_ratio, channel_id=channel_id)
                request = replace(request, draft=remixed)
            await self._submit(interaction, request)
            return True
        except BotError as failure:
            error = failure

            async def repeat(pressed: discord.Interaction[Any], choice: Choice) -> None:
                await self._accept(pressed, choice.changed(draft), choice.selected(finds))

            prompt = draft.request.prompt
            card = self._offers.card_for(error, interaction.user.id, lambda: prompt, repeat)
            await self._errors.present(interaction, error, card)
            return False

    async def _prepare(
        self, interaction: discord.Interaction[Any], draft: Draft, *, references: int
    ) -> PreparedRequest:
        """Prepare a request, as far as that is quick before the acknowledgement, and defer."""
        requester = requester_of(interaction)
        with self._precedence.pending(interaction.id), self._acknowledgements.pending(interaction.id):
            request = await self.read(
                interaction, lambda: self._requests.prepare(draft, requester, references=references)
            )
            await self._acknowledge(interaction)
        return request

    async def _submit(self, interaction: discord.Interaction[Any], request: PreparedRequest) -> None:
        """Submit the request and show its position in the queue."""
        with self._precedence.pending(interaction.id):
            await self._submit_and_show(interaction, request)

    async def _submit_and_show(self, interaction: discord.Interaction[Any], request: PreparedRequest) -> None:
        reply_to = await self._acknowledge(interaction)

        async def submit() -> Job | None:
            job = await self._requests.submit(request, reply_to)
            self._handlers.mark_accepted()
            return job

        async with self._acknowledgements.turn(self._submissions):
            job = await self._through_outage(interaction, submit)
        if job is None:
            return
        self._delivery.expect(job)
        if interaction.extras.get(_TOLD_TO_WAIT):
            # Stored while the notice was sent, it may have been answered before the notice arrived.
            self._delivery.check_soon(job)
        # Let the runner go first: a job that can start needn't wait for the lookup of its position.
        await asyncio.sleep(0)
        async with self._acknowledgements.turn(self._first_cards):
            await self._delivery.show_position(*await self._queue.initial_position(job))

    async def _acknowledge(self, interaction: discord.Interaction[Any]) -> ReplyTo:
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
            expires_at=self._expires_at(interaction),
        )

    def _expires_at(self, interaction: discord.Interaction[Any]) -> float:
        """Return until when an interaction can be answered, counted from the first call."""
        return interaction.extras.setdefault(_EXPIRES_AT, self._clock() + _TOKEN_LIFETIME)

    async def _through_outage(
        self, interaction: discord.Interaction[Any], work: Callable[[], Awaitable[_T]]
    ) -> _T:
        """Return the result of ``work`` on the database; in an outage, show that the request waits."""
        until = self._expires_at(interaction) - _LAST_ANSWER
        return await self._storage.run(
            work, seconds=until - self._clock(), notify=lambda: self._show_wait(interaction, until)
        )

    async def _show_wait(self, interaction: discord.Interaction[Any], until: float) -> None:
        interaction.extras[_TOLD_TO_WAIT] = True
        locale = await self._languages.of_answer(interaction, private=not is_public(interaction))
        await outgoing.edit_response(interaction, self._cards.storage_wait(locale, until))
