"""The card of one picture of a result, and the question which one is meant."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import discord
from discord import ui

from bot.domain.models import Job, Size
from bot.domain.redraws import can_upscale, only_picture
from bot.ui.cards.buttons import JobButton
from bot.ui.cards.layout import ALT_LIMIT, card, quoted_prompt
from bot.ui.cards.picture_buttons import PictureAction, PictureButton, number_buttons
from bot.ui.i18n.texts import Texts, shorten
from bot.ui.intake.media import Media

MakeCard = Callable[[str, Sequence[Media]], ui.LayoutView]
"""Builds a card with pictures, in a language."""


class PictureCards:
    """Builds the cards in the reader's language."""

    def __init__(self, texts: Texts) -> None:
        self._texts = texts

    def picture(self, locale: str, job: Job, number: int, media: Media, *, largest: Size) -> ui.LayoutView:
        """Show one picture of a result alone, with what can be made of it."""
        say, count = self._texts, len(job.pictures)
        picture = job.pictures[number - 1]
        title = say(locale, "picture.title", number=number, count=count)
        small = f"-# {job.draft.request.ratio} · {picture.width}×{picture.height}"
        drawing: list[PictureAction] = ["vary", "edit", "remix"]
        if can_upscale(job, largest):
            drawing.append("upscale")
        kept: list[PictureAction] = ["original"] if only_picture(job, number).kept else []
        return card(
            self._gallery(locale, job, [media], first=number),
            ui.TextDisplay(f"{title}\n{quoted_prompt(job)}\n{small}"),
            self._row(locale, job, number, *drawing),
            self._row(locale, job, number, "save", *kept, "link"),
        )

    def question(
        self, locale: str, job: Job, pictures: Sequence[Media], action: PictureAction
    ) -> ui.LayoutView:
        """Ask which picture of a result is meant, by numbers under a gallery; all can be saved, too."""
        buttons = number_buttons(job, action, len(pictures))
        if action == "save":
            buttons.append(JobButton("save-all", job.id, self._texts(locale, "button.save-all"), job.copy_id))
        return card(
            ui.TextDisplay(self._texts(locale, "picture.which")),
            self._gallery(locale, job, pictures),
            ui.ActionRow[Any](*buttons),
        )

    def link(self, locale: str, link: str) -> ui.LayoutView:
        """Show the link of a picture, to be copied."""
        return card(ui.TextDisplay(f"{self._texts(locale, 'picture.link-use')}\n```\n{link}\n```"))

    def _gallery(
        self, locale: str, job: Job, pictures: Sequence[Media], first: int = 1
    ) -> ui.MediaGallery[Any]:
        return ui.MediaGallery(
            *(
                discord.MediaGalleryItem(
                    media.url,
                    description=self._alt(locale, job, number),
                    spoiler=job.draft.spoiler or media.spoiler,
                )
                for number, media in enumerate(pictures, first)
            )
        )

    def _alt(self, locale: str, job: Job, number: int) -> str:
        alt, count = job.draft.request.prompt, len(job.pictures)
        if count == 1:
            return shorten(alt, ALT_LIMIT)
        numbered = self._texts(locale, "card.alt-numbered", number=number, count=count, alt=alt)
        return shorten(numbered, ALT_LIMIT)

    def _row(self, locale: str, job: Job, number: int, *actions: PictureAction) -> ui.ActionRow[Any]:
        buttons: list[Any] = [
            PictureButton(action, job.id, number, self._texts(locale, f"picture.{action}"), job.copy_id)
            for action in actions
        ]
        return ui.ActionRow[Any](*buttons)
