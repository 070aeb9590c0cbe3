"""Accepts requests from messages: submit first, then reply with the position in the queue.

An outage of the database delays a request; meanwhile a card tells that it waits, and becomes the job's.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import discord

from bot.domain.models import Job
from bot.ui.components import Interaction
from bot.ui.intake.channel_access import ChannelAccess, require_access, resolve_access
from bot.ui.intake.messages.mention_requests import OUTAGE_TIMEOUT, MentionRequests
from bot.ui.intake.messages.message_cards import MessageCards
from bot.ui.intake.messages.replies import MessageReplies
from bot.ui.intake.offers import NO_CHOICE, Choice, RefusedRequest
from bot.ui.intake.request_refusals import RequestRefusals


class MentionIntake:
    """Accepts requests from messages that mention the bot, and presents the errors."""

    def __init__(
        self,
        client: discord.Client,
        requests: MentionRequests,
        cards: MessageCards,
        replies: MessageReplies,
        refusals: RequestRefusals,
        clock: Callable[[], float],
    ) -> None:
        self._client = client
        self._requests = requests
        self._cards = cards
        self._replies = replies
        self._refusals = refusals
        self._clock = clock

    async def accept(self, message: discord.Message, choice: Choice = NO_CHOICE) -> None:
        """Accept a message as a request, with what its author chose when they were asked; never raises."""
        access: ChannelAccess | None = None
        try:
            access = await resolve_access(message, self._client)
            require_access(access)
            await self._accept(message, access, choice)
        except Exception as error:
            refused = RefusedRequest(
                user_id=message.author.id,
                prompt=partial(self._requests.prompt_of, message, choice),
                repeat=partial(self._repeat, message, choice),
            )
            await self._refusals.answer(self._replies.answer(message, access), error, refused)

    async def _repeat(
        self, message: discord.Message, before: Choice, pressed: Interaction, choice: Choice
    ) -> None:
        """Accept a message with what its author chose, in place of the question."""
        await pressed.response.defer()
        await self.accept(message, before.then(choice))
        await pressed.delete_original_response()

    async def _accept(self, message: discord.Message, access: ChannelAccess, choice: Choice) -> None:
        waiting = self._replies.waiting_card(message, access, self._clock() + OUTAGE_TIMEOUT)
        job: Job | None = None
        try:
            job = await self._requests.submit(message, access, choice, waiting)
        finally:
            if job is None:
                await waiting.delete()
        if job is not None:
            await self._cards.show(message, access, job, waiting.sent)
