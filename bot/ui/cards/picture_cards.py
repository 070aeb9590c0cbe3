"""The card of one picture of a result, and the question which one is meant."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from discord import ui

from bot.domain.image_models.catalogue import Catalogue
from bot.domain.models import Job, Size
from bot.domain.requests.redraws import can_upscale, only_picture
from bot.ui.cards.buttons.job_buttons import JobButton
from bot.ui.cards.buttons.picture_buttons import PictureAction, PictureButton, number_buttons
from bot.ui.cards.layout import card, quoted_prompt
from bot.ui.cards.model_names import ModelNames
from bot.ui.cards.picture_gallery import picture_gallery
from bot.ui.i18n.texts import Texts, escape
from bot.ui.intake.references.media import Media

MakeCard = Callable[[str, Sequence[Media]], ui.LayoutView]
"""Builds a card with pictures, in a language."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PicturePage:
    """What the page of one picture offers: no size above ``largest``, the ``link`` to its message, Delete."""

    largest: Size
    link: str | None
    deletable: bool


class PictureCards:
    """Builds the cards in the reader's language."""

    def __init__(self, texts: Texts, models: Catalogue) -> None:
        self._texts = texts
        self._models = models
        self._names = ModelNames(texts, models)

    def picture(self, locale: str, job: Job, number: int, media: Media, page: PicturePage) -> ui.LayoutView:
        """Show one picture of a result alone, with what can be made of it."""
        say, count = self._texts, len(job.pictures)
        picture = job.pictures[number - 1]
        title = [say(locale, "picture.title", number=number, count=count)] if count > 1 else []
        small = f"-# {job.draft.request.ratio} · {picture.width}×{picture.height}"
        if (model := self._names.unusual(locale, job.draft.request.model)) is not None:
            small += f" · {escape(model)}"
        drawing: list[PictureAction] = ["vary", "edit", "remix"]
        if can_upscale(job, page.largest, self._models):
            drawing.append("upscale")
        kept: list[PictureAction] = ["original"] if only_picture(job, number).kept else []
        others = self._row(locale, job, number, "save", *kept, "link")
        if page.link is not None:
            others.add_item(ui.Button[Any](label=say(locale, "picture.go-there"), url=page.link))
        if page.deletable:
            others.add_item(JobButton("delete", job.id, say(locale, "button.delete"), job.copy_id))
        return card(
            picture_gallery(say, locale, job, [media], first=number),
            ui.TextDisplay("\n".join([*title, quoted_prompt(job), small])),
            self._row(locale, job, number, *drawing),
            others,
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
            picture_gallery(self._texts, locale, job, pictures),
            ui.ActionRow[Any](*buttons),
        )

    def link(self, locale: str, link: str) -> ui.LayoutView:
        """Show the link of a picture, to be copied."""
        return card(ui.TextDisplay(f"{self._texts(locale, 'picture.link-use')}\n```\n{link}\n```"))

    def _row(self, locale: str, job: Job, number: int, *actions: PictureAction) -> ui.ActionRow[Any]:
        buttons: list[Any] = [
            PictureButton(action, job.id, number, self._texts(locale, f"picture.{action}"), job.copy_id)
            for action in actions
        ]
        return ui.ActionRow[Any](*buttons)
