"""From what a person points at to a picture the image service can fetch."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol

import discord

from bot.errors import ReferenceUnusable
from bot.models import Draft, Job, Reference
from bot.sources.guard import within_limits
from bot.sources.resolve import MessageLink, parse_message_link
from bot.ui.media import Media, from_attachment, pictures_in


class UrlCheck(Protocol):
    """Whatever decides on a stranger's URL."""

    async def check(self, url: str) -> Reference:
        """Return the picture behind a URL, or raise ``ReferenceUnusable``."""
        ...


_UPLOAD = "upload"


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """A usable reference; ``source`` links the message it came from, or says that it was uploaded."""

    url: str
    source: str | None = None
    spoiler: bool = False


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
        return await self.from_message(await self._message(link, person))

    async def from_message(self, message: discord.Message) -> Found:
        """Take a message's first picture; raise ``ReferenceUnusable``."""
        pictures = pictures_in(message)
        if not pictures:
            raise ReferenceUnusable("no-picture")
        return _checked(pictures[0], source=message.jump_url)

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
        return await self.from_text(draft.source or url, person)

    async def shown_at(self, job: Job) -> list[Media]:
        """Return a finished job's pictures with fresh links; none when its message is gone."""
        channel = self._client.get_partial_messageable(
            job.requester.channel_id, guild_id=job.requester.guild_id
        )
        try:
            return pictures_in(await channel.fetch_message(job.message_id))
        except (discord.NotFound, discord.Forbidden):
            return []

    async def _message(self, link: MessageLink, person: discord.User | discord.Member) -> discord.Message:
        try:
            channel = self._client.get_channel(link.channel_id) or await self._client.fetch_channel(
                link.channel_id
            )
            if not isinstance(channel, discord.abc.Messageable) or not await _may_read(channel, person):
                raise ReferenceUnusable("gone", f"channel {link.channel_id} isn't theirs to read")
            return await channel.fetch_message(link.message_id)
        except (discord.HTTPException, discord.InvalidData) as error:
            if isinstance(error, discord.HTTPException) and error.status not in (400, 403, 404):
                raise
            raise ReferenceUnusable("gone", f"message {link.message_id}") from error


def _checked(media: Media, *, source: str) -> Found:
    within_limits(content_type=media.content_type, width=media.width, height=media.height, size=media.size)
    return Found(url=media.url, source=source, spoiler=media.spoiler)


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
