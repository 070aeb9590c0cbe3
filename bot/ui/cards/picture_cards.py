"""The card of one picture of a result, and the question which one is meant."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import discord
from discord import ui

from bot.domain.models import Job, Size
from bot.domain.redraws import only_picture
from bot.ui.cards.buttons import JobButton
from bot.ui.cards.job_cards import ALT_LIMIT, card
from bot.ui.cards.picture_buttons import PictureAction, PictureButton
from bot.ui.i18n.texts import Texts, escape, excerpt, shorten
from bot.ui.intake.media import Media

MakeCard = Callable[[str, Sequence[Media]], ui.LayoutView]
"""Builds a card with pictures, in a language."""
_PROMPT_SHOWN = 350


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
        if job.draft.request.size != "4K" == largest:
            drawing.append("upscale")
        kept: list[PictureAction] = ["original"] if only_picture(job, number).kept else []
        prompt = escape(excerpt(job.draft.request.prompt, _PROMPT_SHOWN))
        return card(
            self._gallery(locale, job, [media], first=number),
            ui.TextDisplay(f"{title}\n> {prompt}\n{small}"),
            self._row(locale, job, number, *drawing),
            self._row(locale, job, number, "save", *kept, "link"),
        )

    def question(
        self, locale: str, job: Job, pictures: Sequence[Media], action: PictureAction
    ) -> ui.LayoutView:
        """Ask which picture of a result is meant, by numbers under a gallery; all can be saved, too."""
        copy_id = job.message_id if job.is_copy else None
        buttons: list[Any] = [
            PictureButton(action, job.id, number, str(number), copy_id)
            for number in range(1, len(pictures) + 1)
        ]
        if action == "save":
            buttons.append(JobButton("save-all", job.id, self._texts(locale, "button.save-all"), copy_id))
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
        copy_id = job.message_id if job.is_copy else None
        buttons: list[Any] = [
            PictureButton(action, job.id, number, self._texts(locale, f"picture.{action}"), copy_id)
            for action in actions
        ]
        return ui.ActionRow[Any](*buttons)
