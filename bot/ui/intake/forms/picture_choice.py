"""The question which of several pictures of a message is meant."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import Any

import discord
from discord import ui

from bot.domain.errors import RuleBroken
from bot.ui.cards.layout import card
from bot.ui.components import MAX_OPTIONS
from bot.ui.i18n.texts import Texts
from bot.ui.intake.choices import MakeButton
from bot.ui.intake.references.media import Media

ResolveNumber = Callable[[int], Awaitable[Any]]

_IN_GALLERY = 10
_IN_ROW = 5
"""Discord's limits."""


class PictureNotChosen(RuleBroken):
    """Report that a message has several pictures and the request names none of them.

    ``resolve`` resolves the picture with a number, counted from 1.
    """

    def __init__(self, pictures: Sequence[Media], resolve: ResolveNumber) -> None:
        super().__init__("which-picture", count=len(pictures))
        self.pictures = tuple(pictures)
        self.resolve = resolve


def picture_choice(texts: Texts, locale: str, pictures: Sequence[Media], button: MakeButton) -> ui.LayoutView:
    """Ask which picture is meant, by numbers under a gallery."""
    shown = pictures[:MAX_OPTIONS]
    text = texts(locale, "picture.which")
    if len(pictures) > len(shown):
        text += "\n-# " + texts(
            locale, "picture.some", shown=len(shown), total=len(pictures), next=len(shown) + 1
        )
    buttons = [button(number, str(number)) for number in range(1, len(shown) + 1)]
    return card(
        ui.TextDisplay(text),
        *(_gallery(texts, locale, shown, at) for at in range(0, len(shown), _IN_GALLERY)),
        *(ui.ActionRow[Any](*buttons[at : at + _IN_ROW]) for at in range(0, len(buttons), _IN_ROW)),
    )


def _gallery(texts: Texts, locale: str, pictures: Sequence[Media], at: int) -> ui.MediaGallery[Any]:
    return ui.MediaGallery(
        *(
            discord.MediaGalleryItem(
                media.url,
                description=texts(locale, "picture.title-plain", number=number, count=len(pictures)),
                spoiler=media.spoiler,
            )
            for number, media in enumerate(pictures[at : at + _IN_GALLERY], at + 1)
        )
    )
