"""The parts of a message that members see: texts, buttons, menus, pictures and files."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import discord


def everything_in(message: discord.Message) -> Iterator[Any]:
    """Yield all components of a message, nested ones too."""
    waiting: list[Any] = list(message.components)
    while waiting:
        component = waiting.pop(0)
        yield component
        accessory = getattr(component, "accessory", None)
        waiting = [*getattr(component, "children", []), *([accessory] if accessory else []), *waiting]


def file_urls(message: discord.Message) -> list[str]:
    """Return the URLs of a message's files, shown in components or not."""
    files = (part for part in everything_in(message) if isinstance(part, discord.FileComponent))
    shown = [*(item.media.url for item in gallery_of(message)), *(part.media.url for part in files)]
    return [*shown, *(attachment.url for attachment in message.attachments)]


def text_of(message: discord.Message) -> str:
    """Return the text of a message's components."""
    return "\n".join(part.content for part in everything_in(message) if isinstance(part, discord.TextDisplay))


def buttons_in(message: discord.Message) -> list[discord.Button]:
    """Return a message's buttons."""
    return [part for part in everything_in(message) if isinstance(part, discord.Button)]


def buttons_of(message: discord.Message) -> dict[str, str]:
    """Return the custom ids of a message's buttons by label."""
    return {part.label or "": part.custom_id or "" for part in buttons_in(message)}


def menus_of(message: discord.Message) -> dict[str, tuple[str | None, dict[str, str]]]:
    """Return a message's menus by custom id: the selected label, and the value of each label."""
    found = (part for part in everything_in(message) if isinstance(part, discord.SelectMenu))
    return {
        menu.custom_id or "": (
            next((option.label for option in menu.options if option.default), None),
            {option.label: option.value for option in menu.options},
        )
        for menu in found
    }


def gallery_of(message: discord.Message) -> list[discord.MediaGalleryItem]:
    """Return the items of a message's media galleries."""
    galleries = (part for part in everything_in(message) if isinstance(part, discord.MediaGalleryComponent))
    return [item for gallery in galleries for item in gallery.items]
