"""Accepts requests from messages: submit first, then reply with the position in the queue.

An outage of the database delays a request; meanwhile a card tells that it waits, and becomes the job's.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from functools import partial
from typing import Any, get_args

import discord

from bot.domain.errors import ReferenceUnusable, RuleBroken
from bot.domain.model_names import ModelNames
from bot.domain.models import Draft, Job, Ratio, ReplyTo, Requester, Size, Waiting
from bot.domain.request_rules import MAX_PICTURES
from bot.services.member_limits import MemberLimiter
from bot.services.queries import QueryService
from bot.services.queue import QueueService
from bot.services.requests import RequestService
from bot.services.storage_wait import StorageWait
from bot.textfilter.normalize import is_blank
from bot.ui import outgoing
from bot.ui.cards.job_cards import Cards
from bot.ui.components import Interaction
from bot.ui.delivery.discord_delivery import DiscordDelivery
from bot.ui.discord_errors import unexpected
from bot.ui.errors import ErrorPresenter
from bot.ui.i18n.languages import DEFAULT_LOCALE, Languages
from bot.ui.intake.channel_access import ChannelAccess, require_access, resolve_access
from bot.ui.intake.command_options import build_draft
from bot.ui.intake.media import pictures_in
from bot.ui.intake.offers import NO_CHOICE, Choice, Offers
from bot.ui.intake.prompt_syntax import ParsedPrompt, mentions, parse_prompt, without_mention
from bot.ui.intake.reference_list import remix
from bot.ui.intake.references import References
from bot.ui.intake.replies import MessageReplies
from bot.ui.intake.requesters import channel_facts
from bot.ui.intake.resolved_reference import ResolvedReference
from bot.ui.intake.waiting_card import WaitingCard
from bot.ui.running_handlers import RunningHandlers

log = logging.getLogger(__name__)

_UPLOAD_LIMIT = 10 * 1024 * 1024
"""Bytes per message outside servers."""
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
        self._references = references
        self._delivery = delivery
        self._cards = cards
        self._languages = languages
        self._replies = replies
        self._errors = errors
        self._references_limit = references_limit
        self._offers = offers
        self._handlers = handlers
        self._clock = clock
        self._storage = StorageWait()
        self._models = ModelNames(requests.config.models)

    async def accept(self, message: discord.Message, choice: Choice = NO_CHOICE) -> None:
        """Accept a message as a request, with what its author chose when they were asked; never raises."""
        access: ChannelAccess | None = None
        try:
            access = await resolve_access(message, self._client)
            require_access(access)
            await self._accept(message, access, choice)
        except Exception as error:
            card = self._offers.card_for(error, message.author.id, partial(self._repeat, message, choice))
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
            draft = await self._limited_draft(message, access, choice)
            requester = await self._requester(message, access)

            async def submit() -> Job | None:
                request = await self._requests.prepare(draft, requester)
                job = await self._requests.submit(request, self._reply_to(message))
                self._handlers.mark_accepted()
                return job

            return await self._storage.run(submit, seconds=_OUTAGE_TIMEOUT, notify=waiting.send)

    async def _limited_draft(self, message: discord.Message, access: ChannelAccess, choice: Choice) -> Draft:
        if message.reference is None:  # a prompt alone, or with an upload: nothing is fetched for it
            return await self._draft(message, access, choice)
        async with self._references_limit.permit(message.author.id):
            return await self._draft(message, access, choice)

    async def _draft(self, message: discord.Message, access: ChannelAccess, choice: Choice) -> Draft:
        """Build a draft: a remix of the message's picture or of the one it replies to, else an imagine."""
        source = await self._source(message, access)
        # Discord adds the previews of the message's own links sooner or later: they never count.
        previews = source is not message
        pictures = pictures_in(source, previews=previews) if source else []
        prompt = parse_prompt(
            _prompt_text(message, self._client), several_pictures=len(pictures) > 1, models=self._models
        )
        if prompt.rejected_flags:
            raise _not_offered(prompt.rejected_flags)
        prompt = replace(prompt, count=choice.count or prompt.count)
        if source is None:
            return _draft_of(prompt, None)
        if is_blank(prompt.prompt):  # no use in asking which picture
            raise RuleBroken("prompt-empty")
        number = choice.picture or prompt.picture
        reference = await self._references.from_message(source, message.author, number, previews=previews)
        return _draft_of(prompt, reference)

    async def _source(self, message: discord.Message, access: ChannelAccess) -> discord.Message | None:
        """Return the message with the reference picture; raise ``ReferenceUnusable`` when it is deleted."""
        if pictures_in(message, previews=False):
            return message
        reference = message.reference
        if reference is None or reference.message_id is None:
            return None
        try:
            # Fetched again: the event may lack the pictures, and its links may be expired.
            replied = await access.channel.fetch_message(reference.message_id)
        except discord.HTTPException as error:
            if error.status not in (403, 404):
                raise
            raise ReferenceUnusable("gone", f"message {reference.message_id}") from error
        return replied if pictures_in(replied) or self._references.is_content_hidden(replied) else None

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
            upload_limit=guild.filesize_limit if guild else _UPLOAD_LIMIT,
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


def is_addressed(message: discord.Message, client: discord.Client) -> bool:
    """Whether a message mentions the bot or its role, outside code and quotes."""
    if client.user is None:
        return False
    role_id = _role_id(message)
    # Without the privileged intent Discord withholds the text of a message that mentions only the role.
    withheld = not message.content and role_id in message.raw_role_mentions
    return withheld or mentions(message.content, client.user.id, role_id)


def _role_id(message: discord.Message) -> int | None:
    """Return the id of the role that Discord made for the bot."""
    role = message.guild.self_role if message.guild else None
    return role.id if role else None


def _prompt_text(message: discord.Message, client: discord.Client) -> str:
    names = {person.id: person.display_name for person in message.mentions}
    user_id = client.user.id if client.user else 0
    return without_mention(message.content, user_id, names, _role_id(message))


def _draft_of(prompt: ParsedPrompt, reference: ResolvedReference | None) -> Draft:
    draft = build_draft(
        "remix" if reference else "imagine",
        prompt.prompt,
        prompt.ratio,
        prompt.size,
        None,
        count=prompt.count or 1,
        # The rule about models refuses a name that none has.
        model=prompt.model or prompt.unknown_model,
    )
    draft = replace(draft, defaulted=draft.defaulted | {"style"})
    if reference is None:
        return draft
    follow_ratio = "ratio" in draft.defaulted
    return remix(draft, [reference], follow_ratio=follow_ratio, channel_id=reference.channel_id)


def _not_offered(flags: Sequence[str]) -> RuleBroken:
    return RuleBroken(
        "not-offered",
        flags=" · ".join(flags[:_MAX_FLAGS]),
        ratios=", ".join(get_args(Ratio)),
        sizes=", ".join(get_args(Size)),
        most=MAX_PICTURES,
    )
