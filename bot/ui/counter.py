"""Where requests that come as messages are taken in: kept first, then shown in line as a reply."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import discord

from bot.errors import BotError, ReferenceUnusable
from bot.models import Draft, Job, ReplyTo, Requester, Waiting
from bot.service import ImageService
from bot.ui.cards import Cards
from bot.ui.delivery import Delivery
from bot.ui.languages import Languages
from bot.ui.media import pictures_in
from bot.ui.options import draft
from bot.ui.phrasing import Phrase, read, without_mention
from bot.ui.places import standing
from bot.ui.references import Found, References

log = logging.getLogger(__name__)

_UPLOAD_LIMIT = 10 * 1024 * 1024
"""Bytes that a message may carry where no server says otherwise."""
_NEEDED = discord.Permissions(send_messages=True, attach_files=True, read_message_history=True)
_NEEDED_IN_THREADS = discord.Permissions(
    send_messages_in_threads=True, attach_files=True, read_message_history=True
)


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
        clock: Callable[[], float],
    ) -> None:
        self._client = client
        self._service = service
        self._references = references
        self._delivery = delivery
        self._cards = cards
        self._languages = languages
        self._clock = clock

    async def take(self, message: discord.Message) -> Job | None:
        """Take a message as a request; None when it isn't one, or was taken before."""
        if not _may_answer(message):
            log.info("message %s asks where the bot may not answer", message.id)
            return None
        locale = await self.locale(message)
        try:
            await message.channel.typing()
            wanted = await self._draft(message)
            requester = _requester(message, locale)
            await self._service.check(wanted, requester)
            job = await self._service.submit(wanted, requester, self._reply_to(message))
        except BotError as error:
            log.info("message %s: %s %s", message.id, error, error.detail, exc_info=error.__cause__)
            await self.say(message, self._cards.apology(locale, error))
            return None
        return await self._show(message, job) if job else None

    async def locale(self, message: discord.Message) -> str:
        """Return the language of an answer that all see; a message doesn't tell its author's."""
        author = message.author.id
        theirs = await self._service.language(author)
        fallback = str(message.guild.preferred_locale) if message.guild else "en-US"
        guild_id = message.guild.id if message.guild else None
        return await self._languages.shared(guild_id, author, theirs or fallback)

    async def say(self, message: discord.Message, view: discord.ui.LayoutView) -> None:
        """Reply to a message, or write to its author where that is closed."""
        nobody = discord.AllowedMentions.none()
        try:
            await message.channel.send(view=view, reference=_reference(message), allowed_mentions=nobody)
        except discord.Forbidden:
            log.info("message %s can't be answered where it is", message.id)
            await message.author.send(view=view, allowed_mentions=nobody)

    async def _draft(self, message: discord.Message) -> Draft:
        """Read a message: its own picture, else that of the message it replies to, else words alone."""
        shown = await self._shown(message)
        phrase = read(
            _words(message, self._client), choosing=shown is not None and len(pictures_in(shown)) > 1
        )
        found = await self._references.from_message(shown, phrase.picture or 1) if shown else None
        return _filled(phrase, found)

    async def _shown(self, message: discord.Message) -> discord.Message | None:
        """Return the message whose picture is meant; raise ``ReferenceUnusable`` where Discord hides it."""
        if pictures_in(message):
            return message
        reference = message.reference
        if reference is None or reference.message_id is None:
            return None
        try:
            # Fetched anew: what came with the event may lack its pictures, and their links may be old.
            replied = await message.channel.fetch_message(reference.message_id)
        except discord.HTTPException as error:
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

    async def _show(self, message: discord.Message, job: Job) -> Job:
        """Post the card of a request that is kept already; without one its answer comes all the same."""
        job, place = await self._service.first_place(job)
        self._delivery.expect(job)
        try:
            card = await message.channel.send(
                view=self._cards.progress(job, Waiting(place=place)),
                reference=_reference(message),
                nonce=str(job.id),
                allowed_mentions=discord.AllowedMentions.none(),
            )
        except discord.HTTPException as error:
            log.warning("job %s: its card can't be posted: %s", job.id, error)
            return job
        pinned = await self._service.pin(job, card.id)
        if pinned is None:
            await card.delete()
        return pinned or job


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
    return replace(asked, request=request, source=found.source, spoiler=found.spoiler)


def _requester(message: discord.Message, locale: str) -> Requester:
    guild, author, channel = message.guild, message.author, message.channel
    return Requester(
        user_id=author.id,
        channel_id=channel.id,
        guild_id=guild.id if guild else None,
        locale=locale,
        guild_locale=str(guild.preferred_locale) if guild else None,
        upload_limit=guild.filesize_limit if guild else _UPLOAD_LIMIT,
        **standing(channel, author, _permissions(channel, author)),
    )


def _may_answer(message: discord.Message) -> bool:
    """Whether the bot may post a picture beside this message."""
    guild, channel = message.guild, message.channel
    if guild is None:
        return True
    if isinstance(channel, discord.Thread) and (channel.archived or channel.locked):
        return False
    needed = _NEEDED_IN_THREADS if isinstance(channel, discord.Thread) else _NEEDED
    return needed <= _permissions(channel, guild.me)


def _permissions(channel: Any, person: discord.User | discord.Member) -> discord.Permissions:
    return channel.permissions_for(person)


def _reference(message: discord.Message) -> discord.MessageReference:
    return message.to_reference(fail_if_not_exists=False)
