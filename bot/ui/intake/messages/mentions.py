"""Accepts requests from messages: submit first, then reply with the position in the queue.

An outage of the database delays a request; meanwhile a card tells that it waits, and becomes the job's.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from functools import partial
from typing import Any

import discord
from discord.utils import DEFAULT_FILE_SIZE_LIMIT_BYTES

from bot.domain.image_models.model_names import ModelNames
from bot.domain.models import Job, ReplyTo, Requester, Waiting
from bot.services.member_limits import MemberLimiter
from bot.services.queries import QueryService
from bot.services.queue import QueueService
from bot.services.requests import RequestService
from bot.services.storage_wait import StorageWait
from bot.ui import outgoing
from bot.ui.cards.job_cards import Cards
from bot.ui.components import Interaction
from bot.ui.delivery.discord_delivery import DiscordDelivery
from bot.ui.discord_errors import unexpected
from bot.ui.errors import ErrorPresenter
from bot.ui.i18n.languages import DEFAULT_LOCALE, Languages
from bot.ui.intake.channel_access import ChannelAccess, require_access, resolve_access
from bot.ui.intake.messages.mention_drafts import MentionDrafts
from bot.ui.intake.messages.replies import MessageReplies
from bot.ui.intake.messages.waiting_card import WaitingCard
from bot.ui.intake.offers import NO_CHOICE, Choice, Offers
from bot.ui.intake.references.resolver import References
from bot.ui.intake.requesters import channel_facts
from bot.ui.running_handlers import RunningHandlers

log = logging.getLogger(__name__)

_TYPING_TIMEOUT = 1.0
"""Seconds that the typing indicator may delay the card once a request is submitted."""
_OUTAGE_TIMEOUT = 14.25 * 60
"""Seconds of an outage after which a request is refused, as one of an interaction is."""
_MAX_FLAGS = 5
"""Flags listed as not offered."""


class MentionIntake:
    """Accepts requests from messages that mention the bot, and presents the errors."""

    def __init__(
        self,
        client: discord.Client,
        requests: RequestService,
        queries: QueryService,
        queue: QueueService,
        references: References,
        delivery: DiscordDelivery,
        cards: Cards,
        languages: Languages,
        replies: MessageReplies,
        errors: ErrorPresenter,
        handlers: RunningHandlers,
        clock: Callable[[], float],
        references_limit: MemberLimiter,
        offers: Offers,
    ) -> None:
        self._client = client
        self._requests = requests
        self._queries = queries
        self._queue = queue
        self._drafts = MentionDrafts(client, references, references_limit, ModelNames(requests.config.models))
        self._delivery = delivery
        self._cards = cards
        self._languages = languages
        self._replies = replies
        self._errors = errors
        self._offers = offers
        self._handlers = handlers
        self._clock = clock
        self._storage = StorageWait()

    async def accept(self, message: discord.Message, choice: Choice = NO_CHOICE) -> None:
        """Accept a message as a request, with what its author chose when they were asked; never raises."""
        access: ChannelAccess | None = None
        try:
            access = await resolve_access(message, self._client)
            require_access(access)
            await self._accept(message, access, choice)
        except Exception as error:
            prompt = partial(self._drafts.prompt_of, message, choice)
            repeat = partial(self._repeat, message, choice)
            card = self._offers.card_for(error, message.author.id, prompt, repeat)
            await self._errors.answer(self._replies.answer(message, access), error, card)

    async def _repeat(
        self, message: discord.Message, before: Choice, pressed: Interaction, choice: Choice
    ) -> None:
        """Accept a message with what its author chose, in place of the question."""
        await pressed.response.defer()
        await self.accept(message, before.then(choice))
        await pressed.delete_original_response()

    async def _accept(self, message: discord.Message, access: ChannelAccess, choice: Choice) -> None:
        answer = self._replies.answer(message, access)
        waiting = WaitingCard(answer, self._cards, self._clock() + _OUTAGE_TIMEOUT)
        job: Job | None = None
        try:
            job = await self._submit(message, access, choice, waiting)
        finally:
            if job is None:
                await waiting.delete()
        if job is not None:
            await self._show(message, access, job, waiting.sent)

    async def _submit(
        self, message: discord.Message, access: ChannelAccess, choice: Choice, waiting: WaitingCard
    ) -> Job | None:
        """Parse a message and submit its request; None when it was accepted before."""
        async with _typing_in(access.channel):
            draft = await self._drafts.build(message, access, choice)
            requester = await self._requester(message, access)

            async def submit() -> Job | None:
                request = await self._requests.prepare(draft, requester, references=len(draft.references))
                job = await self._requests.submit(request, self._reply_to(message))
                self._handlers.mark_accepted()
                return job

            return await self._storage.run(submit, seconds=_OUTAGE_TIMEOUT, notify=waiting.send)

    def _reply_to(self, message: discord.Message) -> ReplyTo:
        return ReplyTo(
            interaction_id=message.id,
            application_id=self._client.application_id or 0,
            token=None,
            message_id=0,
            ephemeral=False,
            expires_at=self._clock(),
        )

    async def _requester(self, message: discord.Message, access: ChannelAccess) -> Requester:
        guild, author = message.guild, message.author
        own_locale = await self._languages.known_locale(author.id)
        return Requester(
            user_id=author.id,
            channel_id=message.channel.id,
            guild_id=guild.id if guild else None,
            locale=own_locale or (str(guild.preferred_locale) if guild else DEFAULT_LOCALE),
            guild_locale=str(guild.preferred_locale) if guild else None,
            upload_limit=guild.filesize_limit if guild else DEFAULT_FILE_SIZE_LIMIT_BYTES,
            own_locale=own_locale,
            **channel_facts(access.channel, author),
        )

    async def _show(
        self, message: discord.Message, access: ChannelAccess, job: Job, card: discord.Message | None
    ) -> None:
        """Post the card of a submitted request, or show the job on the ``card`` that told of the outage.

        Without a card its answer is delivered all the same.
        """
        try:
            job, position = await self._queue.initial_position(job)
            self._delivery.expect(job)
            view = self._cards.progress(job, Waiting(position=position))
            if card is not None:
                await outgoing.edit(card, view)
            else:
                reference = message.to_reference(fail_if_not_exists=False)
                card = await outgoing.send(access.channel, view, reference=reference, nonce=str(job.id))
            if await self._requests.attach_card(job, card.id) is None:
                await self._delete_late_card(job, card)
        except Exception as error:
            log.warning("job %s: its card can't be posted: %r", job.id, error, exc_info=unexpected(error))

    async def _delete_late_card(self, job: Job, card: discord.Message) -> None:
        """Delete a card that was posted after the job finished, unless the answer was delivered into it."""
        if (await self._queries.job(job.id)).message_id != card.id:
            await card.delete()


@asynccontextmanager
async def _typing_in(channel: Any) -> AsyncGenerator[None]:
    """Show the typing indicator; only the card waits for it, and only briefly."""
    typing = asyncio.create_task(_type(channel))
    try:
        yield
    finally:
        await asyncio.wait({typing}, timeout=_TYPING_TIMEOUT)
        typing.cancel()


async def _type(channel: Any) -> None:
    with contextlib.suppress(discord.HTTPException, OSError):
        await channel.typing()
