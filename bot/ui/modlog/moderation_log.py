"""A server's log channel: which requests were made there, and what moderators did about them.

Entries are queued without waiting and posted a moment later, several to a message. Delivery is best effort:
entries are dropped while the bot has no access to the channel, and no answer ever waits for an entry.
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
from bot.domain.models import DeliveredMessage, Job
from bot.domain.requests.cancellation import REASON_LIMIT
from bot.services.guilds import GuildService
from bot.ui import outgoing
from bot.ui.cards.layout import card
from bot.ui.discord_errors import unexpected
from bot.ui.i18n.texts import DEFAULT, Texts, escape, excerpt, shorten

log = logging.getLogger(__name__)

Entry = Callable[[str], str]
"""Formats a log entry in a language."""

_POST_INTERVAL = 5.0
"""Seconds between messages in one server."""
_MAX_CONCURRENT_POSTS = 10
"""Servers posted to at the same time."""
_MAX_QUEUED = 100
"""Entries of one server that may wait; the oldest are dropped first."""
_MAX_MESSAGE_LENGTH = 3800
_MAX_PROMPT_LENGTH = 200
_ACCESS_RETRY = 3600.0
"""Seconds after which a channel that the bot couldn't post to is tried again."""


@dataclass(slots=True)
class _LogQueue:
    """The queued entries of one server, and the channel the bot has no access to, if any."""

    entries: deque[Entry] = field(default_factory=deque[Entry])
    locale: str = DEFAULT
    due_at: float = 0.0
    inaccessible: int | None = None
    inaccessible_until: float = 0.0


class ModerationLog:
    """Queues entries for each server and posts them to the channel that its settings name."""

    def __init__(
        self, client: discord.Client, guild_service: GuildService, texts: Texts, clock: Callable[[], float]
    ) -> None:
        self._client = client
        self._guild_service = guild_service
        self._texts = texts
        self._clock = clock
        self._queues: dict[int, _LogQueue] = {}

    def request_answered(self, job: Job, answer: DeliveredMessage | None) -> None:
        """Log a request's outcome, with a link to its answer if it was delivered in the same channel."""
        guild_id, problem, count = job.requester.guild_id, job.problem or "unexpected", len(job.pictures)
        say = self._texts

        def outcome(locale: str) -> str:
            if not count:
                return say(locale, "record.failed", why=say(locale, f"missing.{problem}"))
            if answer is None or answer.channel_id != job.requester.channel_id:
                return say(locale, "record.drawn", count=count)
            link = f"https://discord.com/channels/{guild_id}/{answer.channel_id}/{answer.message_id}"
            return say(locale, "record.drawn-there", count=count, link=link)

        self._add_request(job, outcome)

    def request_cancelled(self, job: Job, by_id: int, reason: str = "") -> None:
        """Log that the requester or a moderator cancelled a request, and why."""
        say, by = self._texts, f"<@{by_id}>"
        self._add_request(
            job, lambda locale: self._with_reason(locale, say(locale, "record.cancelled", by=by), reason)
        )

    def result_deleted(self, job: Job, by_id: int, reason: str = "") -> None:
        """Log that a result was deleted, and why."""
        say, by = self._texts, f"<@{by_id}>"
        self._add_request(
            job, lambda locale: self._with_reason(locale, say(locale, "record.deleted", by=by), reason)
        )

    def member_paused(self, guild_id: int, pause: Pause) -> None:
        """Log that a member was paused."""
        at, until, by = self._now(), math.ceil(pause.until), f"<@{pause.by_id}>"
        member = f"<@{pause.user_id}>"
        self._add(
            guild_id,
            lambda locale: self._texts(locale, "record.paused", at=at, member=member, until=until, by=by),
        )

    def pause_lifted(self, guild_id: int, member_id: int, by_id: int) -> None:
        """Log that a member's pause was lifted."""
        at, member, by = self._now(), f"<@{member_id}>", f"<@{by_id}>"
        self._add(guild_id, lambda locale: self._texts(locale, "record.lifted", at=at, member=member, by=by))

    async def flush(self) -> None:
        """Post the entries that are due; never fails."""
        now = self._clock()
        due = [guild_id for guild_id, queue in self._queues.items() if queue.entries and queue.due_at <= now]
        due.sort(key=lambda guild_id: self._queues[guild_id].due_at)
        await asyncio.gather(
            *(self._post(guild_id, self._queues[guild_id]) for guild_id in due[:_MAX_CONCURRENT_POSTS])
        )
        for guild_id, queue in list(self._queues.items()):
            if not queue.entries and queue.inaccessible is None and queue.due_at <= now:
                del self._queues[guild_id]

    def _with_reason(self, locale: str, what: str, reason: str) -> str:
        if not reason:
            return what
        return self._texts(locale, "record.reason", what=what, why=escape(shorten(reason, REASON_LIMIT)))

    def _add_request(self, job: Job, outcome: Entry) -> None:
        # An ephemeral answer is private, and where the bot isn't a member there is no log channel.
        hidden = job.reply_to is not None and job.reply_to.ephemeral
        if job.requester.guild_id is None or job.requester.guest or hidden:
            return
        at, say = self._now(), self._texts
        prompt = escape(excerpt(job.draft.request.prompt, _MAX_PROMPT_LENGTH))

        def entry(locale: str) -> str:
            summary = say(
                locale,
                "record.request",
                at=at,
                member=f"<@{job.requester.user_id}>",
                kind=say(locale, f"more.{job.draft.kind}"),
                channel=f"<#{job.requester.channel_id}>",
                outcome=outcome(locale),
            )
            return f"{summary}\n> {prompt}"

        self._add(job.requester.guild_id, entry, locale=job.requester.guild_locale)

    def _add(self, guild_id: int, entry: Entry, *, locale: str | None = None) -> None:
        queue = self._queues.setdefault(guild_id, _LogQueue())
        if locale is None and (guild := self._client.get_guild(guild_id)) is not None:
            locale = str(guild.preferred_locale)
        queue.locale = locale or queue.locale
        queue.entries.append(entry)
        if len(queue.entries) > _MAX_QUEUED:
            queue.entries.popleft()

    async def _post(self, guild_id: int, queue: _LogQueue) -> None:
        queue.due_at = self._clock() + _POST_INTERVAL
        taken: list[Entry] = []
        try:
            settings = await self._guild_service.settings(guild_id)
            if (channel_id := self._accessible_channel(queue, settings.audit_channel)) is None:
                queue.entries.clear()
                return
            taken, text = self._take(queue, settings.language or queue.locale)
            if taken:
                await self._send(guild_id, queue, channel_id, text)
        except Exception as error:
            log.warning(
                "server %s: the moderation log could not be posted; trying again: %r",
                guild_id,
                error,
                exc_info=unexpected(error),
            )
            queue.entries.extendleft(reversed(taken))

    def _accessible_channel(self, queue: _LogQueue, channel_id: int | None) -> int | None:
        """Return where to post; None without a log channel, or while the bot has no access to it."""
        if channel_id is None:
            queue.inaccessible = None
        if channel_id == queue.inaccessible and self._clock() < queue.inaccessible_until:
            return None
        return channel_id

    def _take(self, queue: _LogQueue, locale: str) -> tuple[list[Entry], str]:
        """Dequeue as many entries as fit one message; return them and the message's text."""
        taken: list[Entry] = []
        text = ""
        while queue.entries:
            try:
                formatted = queue.entries[0](locale)
            except Exception:
                # It would fail again, and hold up all that follow.
                log.exception("an entry of the moderation log can't be formatted; it is dropped")
                queue.entries.popleft()
                continue
            if taken and len(text) + 1 + len(formatted) > _MAX_MESSAGE_LENGTH:
                break
            taken.append(queue.entries.popleft())
            text = f"{text}\n{formatted}".lstrip("\n")
        return taken, text

    async def _send(self, guild_id: int, queue: _LogQueue, channel_id: int, text: str) -> None:
        channel = self._client.get_partial_messageable(channel_id, guild_id=guild_id)
        view = card(ui.TextDisplay[Any](text))
        try:
            await outgoing.send(channel, view, silent=True)
        except (discord.Forbidden, discord.NotFound) as error:
            if queue.inaccessible != channel_id:
                log.warning(
                    "server %s: no access to the moderation log channel (%s); entries are dropped",
                    guild_id,
                    error.code,
                )
            queue.inaccessible, queue.inaccessible_until = channel_id, self._clock() + _ACCESS_RETRY
        else:
            queue.inaccessible = None

    def _now(self) -> int:
        return math.floor(self._clock())
