"""The pictures of a job's card; those of a comparison each with its model's name under it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

import discord
from discord import ui

from bot.domain.image_models.comparisons import number_of
from bot.domain.models import Job
from bot.ui.cards.model_names import ModelNames
from bot.ui.cards.picture_gallery import picture_alt
from bot.ui.i18n.texts import Texts, escape


class Galleries:
    """Builds the galleries of files that are attached to a card."""

    def __init__(self, texts: Texts, names: ModelNames) -> None:
        self._texts = texts
        self._names = names

    def of(
        self, job: Job, names: Sequence[str], *, count: int | None = None, hide_prompt: bool = False
    ) -> list[ui.Item[Any]]:
        """Return the items for pictures attached under ``names``, of ``count`` if more will follow."""
        of = count or len(names)
        items = [
            self._item(job, position, name, of, hide_prompt=hide_prompt)
            for position, name in enumerate(names, 1)
        ]
        if not job.draft.compared:
            return [ui.MediaGallery(*items)]
        captioned = zip(items, enumerate(names, 1), strict=True)
        return [
            part
            for item, (position, name) in captioned
            for part in (ui.MediaGallery[Any](item), self._caption(job, position, name))
        ]

    def _item(
        self, job: Job, position: int, name: str, of: int, *, hide_prompt: bool
    ) -> discord.MediaGalleryItem:
        locale = job.requester.locale
        alt = None if hide_prompt else picture_alt(self._texts, locale, job, position, of)
        return discord.MediaGalleryItem(f"attachment://{name}", description=alt, spoiler=job.draft.spoiler)

    def _caption(self, job: Job, position: int, name: str) -> ui.TextDisplay[Any]:
        """Return the model of a picture; once all are drawn with its position, ratio and dimensions."""
        number = number_of(job, position) if job.pictures else _number_in(name) or position
        one = job.draft.compared[min(number, len(job.draft.compared)) - 1]
        label = escape(self._names.label(job.requester.locale, one.model))
        if not job.pictures:
            return ui.TextDisplay(label)
        picture = job.pictures[position - 1]
        return ui.TextDisplay(f"{position} · {label}\n-# {one.ratio} · {picture.width}×{picture.height}")


def _number_in(name: str) -> int | None:
    """Return the number in the name of a card's file."""
    found = re.fullmatch(r"jimeng-\d+-(\d+)\.\w+", name)
    return int(found[1]) if found else None
