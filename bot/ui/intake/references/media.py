"""The pictures in a message: attachments, components, embeds and forwarded messages."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote, urlsplit

import discord

from bot.domain.models import Job, Picture
from bot.ui.cards.buttons.job_buttons import job_buttons_in
from bot.ui.components import components_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Media:
    """A picture in a message; what Discord doesn't tell or couldn't measure is None. ``size`` in bytes."""

    url: str
    content_type: str | None
    width: int | None
    height: int | None
    size: int | None
    spoiler: bool
    hosted: bool = False
    """Whether Discord stores it, so that its URL needs no check."""
    attachment_id: int | None = None
    """Which file of the message it is, by which an edit keeps it; None for other pictures."""

    @property
    def identity(self) -> str:
        """What distinguishes the picture: the query of Discord's own links is only a signature."""
        return self.url.partition("?")[0] if self.hosted else self.url

    @property
    def name(self) -> str:
        """The file's name."""
        try:
            return unquote(urlsplit(self.url).path.rpartition("/")[2])
        except ValueError:
            return ""  # an address of somebody's embed that isn't one


def pictures_in(message: discord.Message, *, previews: bool = True) -> list[Media]:
    """Return a message's pictures in display order: uploads, components, embeds, then forwarded ones.

    Without ``previews`` the message's own embeds are left out.
    """
    found: list[Media] = []
    # Beside the prompt of the bot's cards is what a result was made from.
    thumbnails = not any(job_buttons_in(components_of(message)))
    for part in (message, *message.message_snapshots):
        found += [from_attachment(each) for each in part.attachments if is_picture(each.content_type)]
        found += _in_components(components_of(part), thumbnails=thumbnails)
        if previews or part is not message:
            found += _in_embeds(part.embeds)
    unique = {media.identity: media for media in reversed(found)}
    if not thumbnails:
        # A copy of it is a file of the card.
        for beside in thumbnails_in(message):
            unique.pop(beside.identity, None)
    return list(reversed(unique.values()))


def thumbnails_in(message: discord.Message) -> list[Media]:
    """Return the pictures that stand small beside texts of a message."""
    return list(_thumbnails(components_of(message)))


def is_picture(content_type: str | None) -> bool:
    """Whether a file is a picture: Discord names the type of every picture, and not of every other file."""
    return content_type is not None and content_type.startswith("image/")


def is_discord_file(url: str) -> bool:
    """Whether a URL leads to Discord's own storage."""
    return re.match(r"https://(?:cdn\.discordapp\.com|media\.discordapp\.net)/", url) is not None


def names_of(job: Job, pictures: Sequence[Picture]) -> list[str]:
    """Return the file names of a job's pictures, which contain nothing of the prompt."""
    endings = [{"jpeg": "jpg"}.get(picture.format, picture.format) for picture in pictures]
    return [f"jimeng-{job.id}-{number}.{ending}" for number, ending in enumerate(endings, 1)]


def files_of(contents: Sequence[bytes], names: Sequence[str]) -> list[discord.File]:
    """Return contents as files to send under these names."""
    return [discord.File(io.BytesIO(content), name) for content, name in zip(contents, names, strict=True)]


def attached_media(name: str) -> Media:
    """Return a file of the same message as media."""
    return Media(
        url=f"attachment://{name}", content_type=None, width=None, height=None, size=None, spoiler=False
    )


def from_attachment(attachment: discord.Attachment) -> Media:
    """Return an attachment as media."""
    return Media(
        url=attachment.url,
        content_type=attachment.content_type,
        width=attachment.width or None,
        height=attachment.height or None,
        size=attachment.size,
        spoiler=attachment.is_spoiler(),
        hosted=True,
        attachment_id=attachment.id,
    )


def _in_components(components: Sequence[Any], *, thumbnails: bool) -> Iterator[Media]:
    for component in components:
        if isinstance(component, discord.MediaGalleryComponent):
            for item in component.items:
                yield from _unfurled(item.media, spoiler=item.spoiler)
        elif isinstance(component, discord.components.ThumbnailComponent) and thumbnails:
            yield from _unfurled(component.media, spoiler=component.spoiler)
        elif isinstance(component, discord.FileComponent):
            if is_picture(component.media.content_type):
                yield from _unfurled(component.media, spoiler=component.spoiler)
        elif isinstance(component, discord.SectionComponent):
            yield from _in_components([component.accessory], thumbnails=thumbnails)
        elif isinstance(component, discord.Container):
            yield from _in_components(component.children, thumbnails=thumbnails)


def _thumbnails(components: Sequence[Any]) -> Iterator[Media]:
    for component in components:
        if isinstance(component, discord.components.ThumbnailComponent):
            yield from _unfurled(component.media, spoiler=component.spoiler)
        elif isinstance(component, discord.SectionComponent):
            yield from _thumbnails([component.accessory])
        elif isinstance(component, discord.Container):
            yield from _thumbnails(component.children)


def _unfurled(media: discord.UnfurledMediaItem, *, spoiler: bool) -> Iterator[Media]:
    # Galleries show videos, too; the type of a picture from elsewhere isn't always known.
    if media.content_type is None or is_picture(media.content_type):
        yield Media(
            url=media.url,
            content_type=media.content_type,
            width=media.width or None,
            height=media.height or None,
            size=None,
            spoiler=spoiler,
            hosted=media.attachment_id is not None or is_discord_file(media.url),
            attachment_id=media.attachment_id,
        )


def _in_embeds(embeds: Sequence[discord.Embed]) -> Iterator[Media]:
    for embed in embeds:
        for picture in (embed.image, embed.thumbnail):
            if picture.url:
                yield Media(
                    url=picture.url,
                    content_type=None,
                    width=picture.width or None,
                    height=picture.height or None,
                    size=None,
                    spoiler=False,
                    hosted=is_discord_file(picture.url),
                )
