"""The pictures in a message: attachments, components, embeds and forwarded messages."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, cast
from urllib.parse import unquote, urlsplit

import discord

from bot.domain.models import Job, Picture
from bot.ui.cards.buttons.job_buttons import job_buttons_in
from bot.ui.components import components_of

_TOO_LARGE = 2**31
"""No side in pixels and no size in bytes that Discord stores is as large."""


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
        found += _in_attachments(part.attachments)
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


def is_picture(content_type: object) -> bool:
    """Whether a file is a picture: Discord names the type of every picture, and not of every other file."""
    return isinstance(content_type, str) and content_type.startswith("image/")


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
        url=_text(attachment.url) or "",
        content_type=_text(attachment.content_type),
        width=_positive(attachment.width),
        height=_positive(attachment.height),
        size=_positive(attachment.size),
        spoiler=_is_spoiler(attachment),
        hosted=True,
        attachment_id=attachment.id,
    )


def _in_attachments(attachments: Sequence[discord.Attachment]) -> Iterator[Media]:
    for attachment in attachments:
        if is_picture(attachment.content_type) and _text(attachment.url):
            yield from_attachment(attachment)


def _is_spoiler(attachment: discord.Attachment) -> bool:
    try:
        return attachment.is_spoiler()
    except (TypeError, AttributeError):
        return False  # its name or its flags are of another type


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
    content_type, url = _text(media.content_type), _text(media.url)
    if url and (content_type is None or is_picture(content_type)):
        yield Media(
            url=url,
            content_type=content_type,
            width=_positive(media.width),
            height=_positive(media.height),
            size=None,
            spoiler=bool(spoiler),
            hosted=media.attachment_id is not None or is_discord_file(url),
            attachment_id=media.attachment_id,
        )


def _in_embeds(embeds: Sequence[discord.Embed]) -> Iterator[Media]:
    for embed in embeds:
        for picture in (_shown(embed, "image"), _shown(embed, "thumbnail")):
            if url := _text(picture.get("url")):
                yield Media(
                    url=url,
                    content_type=None,
                    width=_positive(picture.get("width")),
                    height=_positive(picture.get("height")),
                    size=None,
                    spoiler=False,
                    hosted=is_discord_file(url),
                )


def _shown(embed: discord.Embed, field: Literal["image", "thumbnail"]) -> Mapping[str, Any]:
    """Return a picture of an embed as Discord sent it; empty where that isn't one."""
    # The library's own properties raise for whatever isn't an object.
    found = embed.to_dict().get(field)
    return cast("dict[str, Any]", found) if isinstance(found, dict) else {}


def _text(value: object) -> str | None:
    return value if isinstance(value, str) else None


def _positive(value: object) -> int | None:
    """Return a length or size; None for 0, which stands for unknown, and for what can't be one."""
    if not isinstance(value, int) or isinstance(value, bool):
        return None
    return value if 0 < value < _TOO_LARGE else None
