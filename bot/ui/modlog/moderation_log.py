"""What is asked for in a server, told to its moderators in a channel of their choice.

Whoever has the news notes it, which takes no time; it is posted a moment later, several lines to a message.
It is a courtesy: a channel that is closed to the bot loses lines, and no answer ever waits for one.
"""

from __future__ import annotations

import asyncio
import logging
import math
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import discord
from discord import ui

from bot.domain.guild_settings import Pause
from bot.domain.models import Delivered, Job
from bot.services.requests import ImageService
from bot.ui.cards.job_cards import card
from bot.ui.i18n.texts import DEFAULT, Texts, escape, excerpt

log = logging.getLogger(__name__)

Line = Callable[[str], str]
"""Says something in a language."""

_PACE = 5.0
"""Seconds between messages in one server."""
_AT_ONCE = 10
"""Servers that are posted to at once."""
_MOST_LINES = 100
"""Lines of a server that wait; of more the oldest are left out."""
_LONGEST_MESSAGE = 3800
_PROMPT_SHOWN = 200
_CLOSED_FOR = 3600.0
"""Seconds after which a channel that was closed to the bot is tried again."""


@dataclass(slots=True)
class _Book:
    """What waits to be posted in a server, in which language, and until when its channel counts as closed."""

    lines: deque[Line] = field(default_factory=deque[Line])
    locale: str = DEFAULT
    due_at: float = 0.0
    closed: int | None = None
    closed_until: float = 0.0


class Records:
    """Keeps a book for each server and posts from it where the server's settings name a channel."""

    def __init__(
        self, client: discord.Client, service: ImageService, texts: Texts, clock: Callable[[], float]
    ) -> None:
        self._client = client
        self._service = service
        self._texts = texts
        self._clock = clock
        self._books: dict[int, _Book] = {}

    def answered(self, job: Job, answer: Delivered | None) -> None:
        """Note what came of a request, and where its answer is, if it could be brought."""
        guild_id, problem, count = job.requester.guild_id, job.problem or "unexpected", len(job.pictures)
        say = self._texts

        def outcome(locale: str) -> str:
            if not count:
                return say(locale, "record.failed", why=say(locale, f"missing.{problem}"))
            if answer is None or answer.channel_id != job.requester.channel_id:
                return say(locale, "record.drawn", count=count)
            link = f"https://discord.com/channels/{guild_id}/{answer.channel_id}/{answer.message_id}"
            return say(locale, "record.drawn-there", count=count, link=link)

        self._note_request(job, outcome)

    def cancelled(self, job: Job, by_id: int) -> None:
        """Note that a request was cancelled, by its asker or a moderator."""
        self._note_request(job, lambda locale: self._texts(locale, "record.cancelled", by=f"<@{by_id}>"))

    def deleted(self, job: Job, by_id: int) -> None:
        """Note that a result was deleted."""
        self._note_request(job, lambda locale: self._texts(locale, "record.deleted", by=f"<@{by_id}>"))

    def paused(self, guild_id: int, pause: Pause) -> None:
        """Note that a member was paused."""
        at, until, by = self._now(), math.ceil(pause.until), f"<@{pause.by_id}>"
        member = f"<@{pause.user_id}>"
        self._note(
            guild_id,
            lambda locale: self._texts(locale, "record.paused", at=at, member=member, until=until, by=by),
        )

    def lifted(self, guild_id: int, member_id: int, by_id: int) -> None:
        """Note that a member may ask again."""
        at, member, by = self._now(), f"<@{member_id}>", f"<@{by_id}>"
        self._note(guild_id, lambda locale: self._texts(locale, "record.lifted", at=at, member=member, by=by))

    async def flush(self) -> None:
        """Post what is due; never fails."""
        now = self._clock()
        due = [guild_id for guild_id, book in self._books.items() if book.lines and book.due_at <= now]
        due.sort(key=lambda guild_id: self._books[guild_id].due_at)
        await asyncio.gather(*(self._post(guild_id, self._books[guild_id]) for guild_id in due[:_AT_ONCE]))
        for guild_id, book in list(self._books.items()):
            if not book.lines and book.closed is None and book.due_at <= now:
                del self._books[guild_id]

    def _note_request(self, job: Job, outcome: Line) -> None:
        # What its asker alone sees is theirs, and where the bot is a guest there is nobody to tell.
        hidden = job.reply_to is not None and job.reply_to.ephemeral
        if job.requester.guild_id is None or job.requester.guest or hidden:
            return
        at, say = self._now(), self._texts
        prompt = escape(excerpt(job.draft.request.prompt, _PROMPT_SHOWN))

        def line(locale: str) -> str:
            said = say(
                locale,
                "record.request",
                at=at,
                member=f"<@{job.requester.user_id}>",
                kind=say(locale, f"more.{job.draft.kind}"),
                channel=f"<#{job.requester.channel_id}>",
                outcome=outcome(locale),
            )
            return f"{said}\n> {prompt}"

        self._note(job.requester.guild_id, line, locale=job.requester.guild_locale)

    def _note(self, guild_id: int, line: Line, *, locale: str | None = None) -> None:
        book = self._books.setdefault(guild_id, _Book())
        if locale is None and (guild := self._client.get_guild(guild_id)) is not None:
            locale = str(guild.preferred_locale)
        book.locale = locale or book.locale
        book.lines.append(line)
        if len(book.lines) > _MOST_LINES:
            book.lines.popleft()

    async def _post(self, guild_id: int, book: _Book) -> None:
        book.due_at = self._clock() + _PACE
        taken: list[Line] = []
        try:
            settings = await self._service.settings(guild_id)
            if (channel_id := self._open_channel(book, settings.audit_channel)) is None:
                book.lines.clear()
                return
            taken, text = self._take(book, settings.language or book.locale)
            await self._send(guild_id, book, channel_id, text)
        except Exception as error:
            log.info("server %s: its records can't be posted now: %r", guild_id, error)
            book.lines.extendleft(reversed(taken))

    def _open_channel(self, book: _Book, channel_id: int | None) -> int | None:
        """Return where to post; None where no channel is named, or it was closed a short while ago."""
        if channel_id is None:
            book.closed = None
        if channel_id == book.closed and self._clock() < book.closed_until:
            return None
        return channel_id

    def _take(self, book: _Book, locale: str) -> tuple[list[Line], str]:
        """Take as many lines as a message holds, and return them with what they say."""
        taken: list[Line] = []
        text = ""
        while book.lines:
            said = book.lines[0](locale)
            if taken and len(text) + 1 + len(said) > _LONGEST_MESSAGE:
                break
            taken.append(book.lines.popleft())
            text = f"{text}\n{said}".lstrip("\n")
        return taken, text

    async def _send(self, guild_id: int, book: _Book, channel_id: int, text: str) -> None:
        channel = self._client.get_partial_messageable(channel_id, guild_id=guild_id)
        view = card(ui.TextDisplay[Any](text))
        try:
            await channel.send(view=view, silent=True, allowed_mentions=discord.AllowedMentions.none())
        except (discord.Forbidden, discord.NotFound) as error:
            if book.closed != channel_id:
                log.warning(
                    "server %s: its channel for records is closed to the bot (%s); lines are left out",
                    guild_id,
                    error.code,
                )
            book.closed, book.closed_until = channel_id, self._clock() + _CLOSED_FOR
        else:
            book.closed = None

    def _now(self) -> int:
        return math.floor(self._clock())
