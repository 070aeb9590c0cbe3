"""From what a person points at to a picture the image service can fetch."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Collection
from dataclasses import dataclass, replace
from typing import Any, Protocol

import discord

from bot.domain.errors import ReferenceUnusable, RuleBroken
from bot.domain.models import Draft, Job, Ratio, Reference
from bot.domain.request_rules import closest_ratio
from bot.sources.guard import within_limits
from bot.sources.resolve import MessageLink, parse_message_link
from bot.ui.intake.media import Media, from_attachment, pictures_in


class UrlCheck(Protocol):
    """Whatever decides on a stranger's URL."""

    async def check(self, url: str) -> Reference:
        """Return the picture behind a URL, or raise ``ReferenceUnusable``."""
        ...

    async def fetch(self, url: str) -> bytes:
        """Return what is behind a URL, or raise ``ReferenceUnusable``."""
        ...


_UPLOAD = "upload"
_LONGEST_WAIT = 3600.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """A usable reference; ``source`` links the message it came from, or says that it was uploaded.

    ``ratio`` is the one that is most like the picture's own, where that is known.
    """

    url: str
    source: str | None = None
    spoiler: bool = False
    ratio: Ratio | None = None


class References:
    """Finds the picture that is meant, and only where the person may look."""

    def __init__(self, client: discord.Client, guard: UrlCheck) -> None:
        self._client = client
        self._guard = guard

    async def from_text(self, text: str, person: discord.User | discord.Member) -> Found:
        """Take a message link or the URL of a picture; raise ``ReferenceUnusable``."""
        link = parse_message_link(text)
        if link is None:
            return Found(url=(await self._guard.check(text.strip().strip("<>"))).url)
        return await self.from_message(await self._message(link, person), link.picture)

    async def from_message(self, message: discord.Message, number: int = 1) -> Found:
        """Take one of a message's pictures, counted from 1; raise ``ReferenceUnusable`` or ``RuleBroken``."""
        pictures = pictures_in(message)
        if not pictures:
            raise ReferenceUnusable("hidden" if self.is_hidden(message) else "no-picture")
        if number > len(pictures):
            raise RuleBroken("which-picture", count=len(pictures))
        which = f"#{number}" if number > 1 else ""
        return _checked(pictures[number - 1], source=message.jump_url + which)

    async def from_glance(self, message: discord.Message, number: int = 1) -> Found:
        """Take a picture of a message that the bot is shown this once, where it may never look again."""
        return replace(await self.from_message(message, number), source=_UPLOAD)

    async def from_avatar(self, person: discord.User | discord.Member) -> Found:
        """Take a person's avatar: the one they have on this server, where they have one."""
        avatar = person.display_avatar.replace(size=1024, format="png")
        return Found(url=avatar.url, source=_UPLOAD)

    def is_hidden(self, message: discord.Message) -> bool:
        """Whether Discord shows the bot nothing of a message, as it does without the privileged intent."""
        if self._client.intents.message_content or message.author == self._client.user:
            return False
        parts = (message.content, message.attachments, message.embeds, message.components)
        return message.guild is not None and not any(parts)

    async def from_upload(self, attachment: discord.Attachment) -> Found:
        """Take an upload; raise ``ReferenceUnusable``."""
        if not (attachment.content_type or "image/").startswith("image/"):
            raise ReferenceUnusable("not-picture", str(attachment.content_type))
        return _checked(from_attachment(attachment), source=_UPLOAD)

    async def again(self, draft: Draft, person: discord.User | discord.Member) -> Found:
        """Find an earlier remix's reference once more, with a fresh URL; raise ``ReferenceUnusable``."""
        url = draft.request.reference or ""
        if draft.source == _UPLOAD:
            # Discord gave this URL itself; whether the file is still there, the relay finds out.
            return Found(url=url, source=_UPLOAD, spoiler=draft.spoiler)
        try:
            return await self.from_text(draft.source or url, person)
        except ReferenceUnusable as error:
            # The message is still there, and so is the picture for as long as its old link opens.
            if error.problem != "hidden" or not _opens(url):
                raise
            return Found(url=url, source=draft.source, spoiler=draft.spoiler)

    async def shown_at(self, job: Job) -> list[Media]:
        """Return a finished job's pictures with fresh links; none when its message is gone."""
        channel = self._client.get_partial_messageable(
            job.requester.channel_id, guild_id=job.requester.guild_id
        )
        try:
            return pictures_in(await channel.fetch_message(job.message_id))
        except (discord.NotFound, discord.Forbidden):
            return []

    async def shown_to(self, job: Job, person: discord.User | discord.Member) -> list[Media]:
        """Return a finished job's pictures; none where the person may not look, or when they are gone."""
        asked = job.requester
        link = MessageLink(guild_id=asked.guild_id, channel_id=asked.channel_id, message_id=job.message_id)
        try:
            return pictures_in(await self._message(link, person))
        except ReferenceUnusable:
            return []

    async def readable(
        self, channels: Collection[int], person: discord.User | discord.Member
    ) -> frozenset[int]:
        """Return which of these channels a person may read; those that are gone aren't among them."""
        ids = list(channels)
        allowed = await asyncio.gather(*(self._may_open(channel_id, person) for channel_id in ids))
        return frozenset(channel_id for channel_id, may in zip(ids, allowed, strict=True) if may)

    async def _may_open(self, channel_id: int, person: discord.User | discord.Member) -> bool:
        try:
            return await _may_read(await self._channel(channel_id), person)
        except discord.InvalidData:
            return False
        except discord.HTTPException as error:
            if error.status not in (400, 403, 404):
                raise
            return False

    async def _channel(self, channel_id: int) -> Any:
        return self._client.get_channel(channel_id) or await self._client.fetch_channel(channel_id)

    async def _message(self, link: MessageLink, person: discord.User | discord.Member) -> discord.Message:
        try:
            channel = await self._channel(link.channel_id)
            if not isinstance(channel, discord.abc.Messageable) or not await _may_read(channel, person):
                raise ReferenceUnusable("gone", f"channel {link.channel_id} isn't theirs to read")
            return await channel.fetch_message(link.message_id)
        except (discord.HTTPException, discord.InvalidData) as error:
            if isinstance(error, discord.HTTPException) and error.status not in (400, 403, 404):
                raise
            raise ReferenceUnusable("gone", f"message {link.message_id}") from error


def _checked(media: Media, *, source: str) -> Found:
    within_limits(content_type=media.content_type, width=media.width, height=media.height, size=media.size)
    ratio = closest_ratio(media.width, media.height) if media.width and media.height else None
    return Found(url=media.url, source=source, spoiler=media.spoiler, ratio=ratio)


def _opens(url: str) -> bool:
    """Whether a link that Discord signed is good for another hour, in which its request may be drawn."""
    until = re.search(r"[?&]ex=([0-9a-f]{1,16})(?:&|$)", url)
    return until is None or int(until[1], 16) > discord.utils.utcnow().timestamp() + _LONGEST_WAIT


async def _may_read(channel: Any, person: discord.User | discord.Member) -> bool:
    """Whether the person could open that channel themselves: the bot's own eyes are no leave for theirs."""
    if isinstance(channel, discord.DMChannel):
        return channel.recipient is not None and channel.recipient.id == person.id
    if not isinstance(channel, (discord.abc.GuildChannel, discord.Thread)):
        return False
    member = person if isinstance(person, discord.Member) and person.guild == channel.guild else None
    member = member or await channel.guild.fetch_member(person.id)
    allowed = channel.permissions_for(member)
    if not (allowed.view_channel and allowed.read_message_history):
        return False
    if isinstance(channel, discord.Thread) and channel.is_private() and not allowed.manage_threads:
        await channel.fetch_member(person.id)  # NotFound when they aren't in it
    return True
