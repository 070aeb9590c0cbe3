"""The pictures in a message: attachments, components, embeds and forwarded messages."""

from __future__ import annotations

import io
from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote, urlsplit

import discord

from bot.domain.models import Job, Picture


@dataclass(frozen=True, slots=True, kw_only=True)
class Media:
    """A picture in a message; ``size`` in bytes and ``read`` are None where Discord doesn't provide them."""

    url: str
    content_type: str | None
    width: int | None
    height: int | None
    size: int | None
    spoiler: bool
    read: Callable[[], Awaitable[bytes]] | None = None

    @property
    def name(self) -> str:
        """The file's name."""
        return unquote(urlsplit(self.url).path.rpartition("/")[2])


def pictures_in(message: discord.Message) -> list[Media]:
    """Return a message's pictures in display order: uploads, components, embeds, then forwarded ones."""
    found: list[Media] = []
    for part in (message, *message.message_snapshots):
        found += [from_attachment(attachment) for attachment in part.attachments]
        found += _in_components(part.components)
        found += _in_embeds(part.embeds)
    unique = {media.url.partition("?")[0]: media for media in reversed(found) if _is_picture(media)}
    return list(reversed(unique.values()))


def names_of(job: Job, pictures: Sequence[Picture]) -> list[str]:
    """Return the file names of a job's pictures, which contain nothing of the prompt."""
    endings = [{"jpeg": "jpg"}.get(picture.format, picture.format) for picture in pictures]
    return [f"jimeng-{job.id}-{number}.{ending}" for number, ending in enumerate(endings, 1)]


def files_of(contents: Sequence[bytes], names: Sequence[str]) -> list[discord.File]:
    """Return contents as files to send under these names."""
    return [discord.File(io.BytesIO(content), name) for content, name in zip(contents, names, strict=True)]


def from_attachment(attachment: discord.Attachment) -> Media:
    """Return an attachment as media."""
    return Media(
        url=attachment.url,
        content_type=attachment.content_type,
        width=attachment.width,
        height=attachment.height,
        size=attachment.size,
        spoiler=attachment.is_spoiler(),
        read=attachment.read,
    )


def _in_components(components: Sequence[Any]) -> Iterator[Media]:
    for component in components:
        if isinstance(component, discord.MediaGalleryComponent):
            for item in component.items:
                yield _unfurled(item.media, spoiler=item.spoiler)
        elif isinstance(component, discord.components.ThumbnailComponent):
            yield _unfurled(component.media, spoiler=component.spoiler)
        elif isinstance(component, discord.SectionComponent):
            yield from _in_components([component.accessory])
        elif isinstance(component, discord.Container):
            yield from _in_components(component.children)


def _unfurled(media: discord.UnfurledMediaItem, *, spoiler: bool) -> Media:
    return Media(
        url=media.url,
        content_type=media.content_type,
        width=media.width,
        height=media.height,
        size=None,
        spoiler=spoiler,
        read=media.read,
    )


def _in_embeds(embeds: Sequence[discord.Embed]) -> Iterator[Media]:
    for embed in embeds:
        for picture in (embed.image, embed.thumbnail):
            if picture.url:
                yield Media(
                    url=picture.url,
                    content_type=None,
                    width=picture.width,
                    height=picture.height,
                    size=None,
                    spoiler=False,
                )


def _is_picture(media: Media) -> bool:
    return media.content_type is None or media.content_type.startswith("image/")
