"""Resolves links, messages, uploads and avatars to reference pictures."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

import discord

from bot.domain.errors import ReferenceUnusable, RuleBroken
from bot.domain.models import DraftReference, FoundPicture, Job, Parent
from bot.domain.ports import UrlGuard
from bot.sources.message_links import MessageLink, parse_message_link
from bot.sources.reference_limits import picture_type, require_copyable
from bot.ui.cards.buttons.job_buttons import job_buttons_in
from bot.ui.components import components_of
from bot.ui.intake.channel_access import may_read
from bot.ui.intake.forms.picture_choice import PictureNotChosen
from bot.ui.intake.references.fresh_links import FreshLinks, is_link_valid
from bot.ui.intake.references.media import Media, from_attachment, is_discord_file, is_picture, pictures_in
from bot.ui.intake.references.picture_owners import PictureOwners
from bot.ui.intake.references.reference_list import FindReference
from bot.ui.intake.references.resolved_reference import OTHERS_UPLOAD, UPLOAD, ResolvedReference, resolved
from bot.ui.intake.requesters import is_age_restricted, link_to

_NOT_READABLE = (400, 403, 404)
"""Statuses of messages and channels that don't exist or can't be read."""


class References:
    """Finds reference pictures, and only in channels that the member can read."""

    def __init__(
        self, client: discord.Client, guard: UrlGuard, owners: PictureOwners, links: FreshLinks
    ) -> None:
        self._client = client
        self._links = links
        self._guard = guard
        self._owners = owners

    async def from_text(
        self, text: str, person: discord.User | discord.Member, *, usual: int | None = None
    ) -> ResolvedReference:
        """Resolve a picture's URL or a message link, without a number of picture ``usual``."""
        link = parse_message_link(text)
        if link is None:
            url = text.strip().strip("<>")
            await self._owners.require_for_url(url, person)
            return await self._check_url(await self._links.renew(url))
        return await self.from_message(await self._message(link, person), person, link.picture or usual)

    async def from_message(
        self,
        message: discord.Message,
        person: discord.User | discord.Member,
        number: int | None = None,
        *,
        previews: bool = True,
    ) -> ResolvedReference:
        """Resolve a message's picture by number, from 1; raise ``ReferenceUnusable`` or ``RuleBroken``.

        Without a number it is the only one; raise ``PictureNotChosen`` for several.
        """
        await self._owners.require_for_message(message, person)
        pictures = pictures_in(message, previews=previews)
        if not pictures:
            raise ReferenceUnusable("hidden" if self.is_content_hidden(message) else "no-picture")
        if number is None and len(pictures) > 1:
            raise PictureNotChosen(
                pictures, lambda chosen: self.from_message(message, person, chosen, previews=previews)
            )
        number = number or 1
        if number > len(pictures):
            raise RuleBroken("which-picture", count=len(pictures))
        await self._owners.require_for_url(pictures[number - 1].url, person)
        which = f"#{number}" if number > 1 else ""
        reference = await self._check(pictures[number - 1], source=message.jump_url + which)
        return replace(reference, channel_id=message.channel.id, parent=self._parent(message, number))

    async def from_unfetchable_message(
        self, message: discord.Message, person: discord.User | discord.Member, number: int = 1
    ) -> ResolvedReference:
        """Resolve a picture of a message that the bot can't fetch again later."""
        pictures = pictures_in(message)
        hosted = number <= len(pictures) and pictures[number - 1].hosted
        return replace(await self.from_message(message, person, number), source=UPLOAD if hosted else None)

    async def from_result(
        self, job: Job, number: int, shown: discord.Message | None, person: discord.User | discord.Member
    ) -> ResolvedReference:
        """Resolve a result's picture by number, from its message or else from the one that ``shown`` it.

        Raises ``ReferenceUnusable`` or ``RuleBroken``.
        """
        await self._owners.require_for_result(job, person)
        posted = await self.pictures_of(job)
        pictures = posted or (pictures_in(shown) if shown is not None else [])
        if number > len(pictures) > 1 or not pictures:
            raise ReferenceUnusable("gone", f"picture {number} of job {job.id}")
        which = f"#{number}" if number > 1 else ""
        # A message that the bot can't fetch can't be found by its link either.
        source = UPLOAD if job.requester.guest else f"{link_to(job)}{which}"
        reference = await self._check(pictures[number - 1 if len(pictures) > 1 else 0], source=source)
        channel_id = job.requester.channel_id if posted else None
        return replace(reference, channel_id=channel_id, parent=Parent(job_id=job.id, picture=number))

    async def from_avatar(
        self, owner: discord.User | discord.Member, person: discord.User | discord.Member
    ) -> ResolvedReference:
        """Resolve a user's avatar, preferably the one for this server; raise ``RuleBroken``."""
        await self._owners.require_for_avatar(owner.id, person)
        avatar = owner.display_avatar.replace(size=1024, format="png")
        return ResolvedReference(url=avatar.url, source=UPLOAD, ratio="1:1", hosted=True, is_avatar=True)

    def is_content_hidden(self, message: discord.Message) -> bool:
        """Whether Discord withholds a message's content, as it does without the privileged intent."""
        if self._client.intents.message_content or message.author == self._client.user:
            return False
        parts = (message.content, message.attachments, message.embeds, components_of(message))
        return message.guild is not None and not any(parts)

    async def from_upload(self, attachment: discord.Attachment) -> ResolvedReference:
        """Resolve an upload; raise ``ReferenceUnusable``."""
        if not is_picture(attachment.content_type):
            raise ReferenceUnusable("not-picture", str(attachment.content_type))
        return await self._check(from_attachment(attachment), source=UPLOAD)

    def find_uploads(self, attachments: Iterable[discord.Attachment]) -> list[FindReference]:
        """Return what resolves uploads."""
        return [partial(self.from_upload, attachment) for attachment in attachments]

    def find_given(
        self, uploads: Sequence[discord.Attachment], link: str, person: discord.User | discord.Member
    ) -> list[FindReference]:
        """Return what resolves uploads, or else a link; raise ``RuleBroken`` if there is neither."""
        if uploads:
            return self.find_uploads(uploads)
        if not link:
            raise RuleBroken("no-picture-given")
        return [lambda: self.from_text(link, person)]

    def find_again(
        self, job: Job, person: discord.User | discord.Member, *, keep_shown: bool = False
    ) -> list[FindReference]:
        """Return what resolves an earlier remix's references again, with fresh URLs.

        ``keep_shown`` shows those that its card showed.
        """

        async def find(reference: DraftReference) -> ResolvedReference:
            found = await self._resolve_again(job, reference, person)
            return replace(found, was_shown=keep_shown and reference.shown)

        return [partial(find, reference) for reference in job.draft.references]

    async def _resolve_again(
        self, job: Job, reference: DraftReference, person: discord.User | discord.Member
    ) -> ResolvedReference:
        url, source, spoiler = reference.url, reference.source, job.draft.spoiler
        if source in (UPLOAD, OTHERS_UPLOAD):
            uploader_id = job.requester.user_id if source == UPLOAD else None
            await self._owners.require_for_upload(url, uploader_id, person)
            # A file on Discord; the relay finds out whether the file still exists.
            own = uploader_id == person.id
            return ResolvedReference(
                url=await self._links.renew(url),
                source=UPLOAD if own else OTHERS_UPLOAD,
                spoiler=spoiler,
                hosted=True,
            )
        try:
            return await self.from_text(source or url, person, usual=1)
        except ReferenceUnusable as error:
            # The message still exists, and so does the picture as long as its signed link is valid.
            if error.problem != "hidden" or (valid := await self.valid_link(url)) is None:
                raise
            url = valid
            if not is_discord_file(url):
                url = (await self._guard.inspect(url)).url
            return ResolvedReference(url=url, source=source, spoiler=spoiler)

    async def valid_link(self, url: str) -> str | None:
        """Return a valid link to what a link led to; None if it has expired for good."""
        renewed = await self._links.renew(url)
        return renewed if is_link_valid(renewed) else None

    def is_age_restricted(self, job: Job) -> bool:
        """Whether a job's answer is in an age-restricted channel, as far as that is known."""
        return is_age_restricted(self._client.get_channel(job.requester.channel_id))

    async def may_read_answer(self, job: Job, person: discord.User | discord.Member) -> bool:
        """Whether a member can read the channel of a job's answer."""
        return await self._may_open(job.requester.channel_id, person)

    async def shows_result(self, job: Job, channel_id: int, message_id: int) -> bool:
        """Whether a message is the bot's and shows a job's result."""
        try:
            message = await self._client.get_partial_messageable(channel_id).fetch_message(message_id)
        except discord.HTTPException as error:
            if error.status not in _NOT_READABLE:
                raise
            return False
        return message.author == self._client.user and ("more", job.id) in job_buttons_in(
            components_of(message)
        )

    def _parent(self, message: discord.Message, number: int) -> Parent | None:
        """Return the job whose result a message of the bot shows."""
        shown = [job_id for action, job_id in job_buttons_in(components_of(message)) if action == "more"]
        if not shown or message.author != self._client.user:
            return None
        return Parent(job_id=shown[0], picture=number)

    async def _check(self, media: Media, *, source: str) -> ResolvedReference:
        picture = FoundPicture(
            url=media.url,
            format=picture_type(media.content_type),
            width=media.width,
            height=media.height,
            size=media.size,
        )
        require_copyable(picture)
        if media.hosted:
            return replace(resolved(picture, hosted=True), source=source, spoiler=media.spoiler)
        # The author of a message chooses where its embeds lead to.
        checked = await self._check_url(media.url)
        return replace(checked, source=source, spoiler=media.spoiler)

    async def _check_url(self, url: str) -> ResolvedReference:
        picture = await self._guard.inspect(url)
        return resolved(picture, hosted=is_discord_file(picture.url))

    async def pictures_of(self, job: Job) -> list[Media]:
        """Return a finished job's pictures with fresh links; none when its message was deleted."""
        channel = self._client.get_partial_messageable(
            job.requester.channel_id, guild_id=job.requester.guild_id
        )
        try:
            return pictures_in(await channel.fetch_message(job.message_id))
        except (discord.NotFound, discord.Forbidden):
            return []

    async def pictures_visible_to(self, job: Job, person: discord.User | discord.Member) -> list[Media]:
        """Return a finished job's pictures; none where the member can't read or the message is deleted."""
        requester = job.requester
        link = MessageLink(
            guild_id=requester.guild_id, channel_id=requester.channel_id, message_id=job.message_id
        )
        return await self.pictures_at(link, person)

    async def pictures_at(self, link: MessageLink, person: discord.User | discord.Member) -> list[Media]:
        """Return a message's pictures; none where the member can't read or the message is deleted."""
        try:
            return pictures_in(await self._message(link, person))
        except ReferenceUnusable:
            return []

    async def readable(
        self, channels: Collection[int], person: discord.User | discord.Member
    ) -> frozenset[int]:
        """Return which of these channels a member can read; deleted ones are left out."""
        ids = list(channels)
        allowed = await asyncio.gather(*(self._may_open(channel_id, person) for channel_id in ids))
        return frozenset(channel_id for channel_id, may in zip(ids, allowed, strict=True) if may)

    async def _may_open(self, channel_id: int, person: discord.User | discord.Member) -> bool:
        try:
            return await may_read(await self._channel(channel_id), person)
        except discord.InvalidData:
            return False
        except discord.HTTPException as error:
            if error.status not in _NOT_READABLE:
                raise
            return False

    async def _channel(self, channel_id: int) -> Any:
        return self._client.get_channel(channel_id) or await self._client.fetch_channel(channel_id)

    async def _message(self, link: MessageLink, person: discord.User | discord.Member) -> discord.Message:
        try:
            channel = await self._channel(link.channel_id)
            if not isinstance(channel, discord.abc.Messageable) or not await may_read(channel, person):
                raise ReferenceUnusable("gone", f"channel {link.channel_id} can't be read by the member")
            return await channel.fetch_message(link.message_id)
        except (discord.HTTPException, discord.InvalidData) as error:
            if isinstance(error, discord.HTTPException) and error.status not in _NOT_READABLE:
                raise
            raise ReferenceUnusable("gone", f"message {link.message_id}") from error
