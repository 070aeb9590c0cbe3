"""Where requests that come as messages are taken in: kept first, then shown in line as a reply."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any, get_args

import discord

from bot.domain.errors import ReferenceUnusable, RuleBroken
from bot.domain.models import Draft, Job, Ratio, ReplyTo, Requester, Size, Waiting
from bot.domain.request_rules import MOST_PICTURES
from bot.services.requests import ImageService
from bot.ui.cards.job_cards import Cards
from bot.ui.delivery.discord_delivery import Delivery
from bot.ui.i18n.languages import Languages
from bot.ui.intake.channel_access import Ground, check, ground_of
from bot.ui.intake.command_options import draft
from bot.ui.intake.media import pictures_in
from bot.ui.intake.prompt_syntax import Phrase, read, without_mention
from bot.ui.intake.references import Found, References
from bot.ui.intake.replies import Answers
from bot.ui.intake.requesters import standing

log = logging.getLogger(__name__)

_UPLOAD_LIMIT = 10 * 1024 * 1024
"""Bytes that a message may carry where no server says otherwise."""
_TYPED_FOR = 1.0
"""Seconds that Discord has to take note of the bot's typing, once a request is kept."""
_MOST_FLAGS = 5
"""Flags that are named as not offered."""


class Counter:
    """Takes requests from messages that mention the bot; whoever can't be served is told why."""

    def __init__(
        self,
        client: discord.Client,
        service: ImageService,
        references: References,
        delivery: Delivery,
        cards: Cards,
        languages: Languages,
        answers: Answers,
        clock: Callable[[], float],
    ) -> None:
        self._client = client
        self._service = service
        self._references = references
        self._delivery = delivery
        self._cards = cards
        self._languages = languages
        self._answers = answers
        self._clock = clock

    async def take(self, message: discord.Message) -> None:
        """Take a message as a request; never fails."""
        ground: Ground | None = None
        try:
            ground = await ground_of(message, self._client)
            check(ground)
            if (job := await self._submit(message, ground)) is not None:
                await self._show(message, ground, job)
        except Exception as error:
            await self._answers.tell(message, error, ground)

    async def _submit(self, message: discord.Message, ground: Ground) -> Job | None:
        """Read a message and keep what it asks for; None when it was taken before."""
        async with _typing_in(ground.channel):
            wanted = await self._draft(message, ground)
            requester = await self._requester(message, ground)
            await self._service.check(wanted, requester)
            return await self._service.submit(wanted, requester, self._reply_to(message))

    async def _draft(self, message: discord.Message, ground: Ground) -> Draft:
        """Read a message: its own picture, else that of the message it replies to, else words alone."""
        shown = await self._shown(message, ground)
        phrase = read(
            _words(message, self._client), choosing=shown is not None and len(pictures_in(shown)) > 1
        )
        if phrase.refused:
            raise _not_offered(phrase.refused)
        found = await self._references.from_message(shown, phrase.picture or 1) if shown else None
        return _filled(phrase, found)

    async def _shown(self, message: discord.Message, ground: Ground) -> discord.Message | None:
        """Return the message whose picture is meant; raise ``ReferenceUnusable`` where Discord hides it."""
        if pictures_in(message):
            return message
        reference = message.reference
        if reference is None or reference.message_id is None:
            return None
        try:
            # Fetched anew: what came with the event may lack its pictures, and their links may be old.
            replied = await ground.channel.fetch_message(reference.message_id)
        except discord.HTTPException as error:
            if error.status not in (403, 404):
                raise
            raise ReferenceUnusable("gone", f"message {reference.message_id}") from error
        return replied if pictures_in(replied) or self._references.is_hidden(replied) else None

    def _reply_to(self, message: discord.Message) -> ReplyTo:
        return ReplyTo(
            interaction_id=message.id,
            application_id=self._client.application_id or 0,
            token=None,
            message_id=0,
            ephemeral=False,
            expires_at=self._clock(),
        )

    async def _requester(self, message: discord.Message, ground: Ground) -> Requester:
        guild, author = message.guild, message.author
        return Requester(
            user_id=author.id,
            channel_id=message.channel.id,
            guild_id=guild.id if guild else None,
            locale=await self._languages.of_message(message, private=False),
            guild_locale=str(guild.preferred_locale) if guild else None,
            upload_limit=guild.filesize_limit if guild else _UPLOAD_LIMIT,
            own_locale=await self._languages.told(author.id),
            **standing(ground.channel, author, ground.channel.permissions_for(author)),
        )

    async def _show(self, message: discord.Message, ground: Ground, job: Job) -> None:
        """Post the card of a request that is kept already; without one its answer comes all the same."""
        try:
            job, place = await self._service.first_place(job)
            self._delivery.expect(job)
            card = await ground.channel.send(
                view=self._cards.progress(job, Waiting(place=place)),
                reference=message.to_reference(fail_if_not_exists=False),
                nonce=str(job.id),
                allowed_mentions=discord.AllowedMentions.none(),
            )
            if await self._service.pin(job, card.id) is None:
                await self._take_away(job, card)
        except Exception as error:
            log.warning("job %s: its card can't be posted: %r", job.id, error)

    async def _take_away(self, job: Job, card: discord.Message) -> None:
        """Delete a card that came too late, unless whoever brought the answer found it and used it."""
        if (await self._service.job(job.id)).message_id != card.id:
            await card.delete()


@asynccontextmanager
async def _typing_in(channel: Any) -> AsyncGenerator[None]:
    """Show that the bot is at it, which nothing is kept waiting for but the card, and that briefly."""
    typing = asyncio.create_task(_type(channel))
    try:
        yield
    finally:
        await asyncio.wait({typing}, timeout=_TYPED_FOR)
        typing.cancel()


async def _type(channel: Any) -> None:
    with contextlib.suppress(discord.HTTPException, OSError):
        await channel.typing()


def _words(message: discord.Message, client: discord.Client) -> str:
    names = {person.id: person.display_name for person in message.mentions}
    return without_mention(message.content, client.user.id if client.user else 0, names)


def _filled(phrase: Phrase, found: Found | None) -> Draft:
    asked = draft(
        "remix" if found else "imagine",
        phrase.prompt,
        phrase.ratio,
        phrase.size,
        None,
        count=phrase.count or 1,
    )
    asked = replace(asked, unsaid=asked.unsaid | {"style"})
    if found is None:
        return asked
    request = replace(asked.request, reference=found.url)
    asked = replace(asked, request=request, source=found.source, spoiler=found.spoiler)
    return _shaped(asked, found.ratio)


def _shaped(asked: Draft, ratio: Ratio | None) -> Draft:
    """Give a remix its picture's own ratio where none was asked for and that is known."""
    if ratio is None or "ratio" not in asked.unsaid:
        return asked
    return replace(asked, request=replace(asked.request, ratio=ratio), unsaid=asked.unsaid - {"ratio"})


def _not_offered(flags: Sequence[str]) -> RuleBroken:
    return RuleBroken(
        "not-offered",
        flags=" · ".join(flags[:_MOST_FLAGS]),
        ratios=", ".join(get_args(Ratio)),
        sizes=", ".join(get_args(Size)),
        most=MOST_PICTURES,
    )
