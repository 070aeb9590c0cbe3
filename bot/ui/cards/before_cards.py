"""The card of what a result was made from."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import discord
from discord import ui

from bot.domain.models import Job
from bot.domain.requests.edits import has_before
from bot.ui.cards.buttons.job_buttons import JobButton
from bot.ui.cards.buttons.picture_buttons import PictureButton, number_buttons
from bot.ui.cards.layout import ALT_LIMIT, card, quoted_prompt
from bot.ui.cards.small_print import edit_line
from bot.ui.i18n.texts import Texts, shorten
from bot.ui.intake.references.before import EarlierResult, GivenPicture
from bot.ui.intake.references.media import Media


class BeforeCards:
    """Builds the cards in the reader's language."""

    def __init__(self, texts: Texts) -> None:
        self._texts = texts

    def result(self, locale: str, before: EarlierResult) -> ui.LayoutView:
        """Show the earlier result, or the picture of it that was used, and offer to go on from there."""
        job, number = before.job, before.picture
        shown = before.pictures if number is None else before.pictures[number - 1 : number]
        lines = [self._texts(locale, "before.title"), quoted_prompt(job), *self._facts(locale, before)]
        return card(
            _gallery([*shown, *before.others], job.draft.request.prompt, spoiler=before.spoiler),
            ui.TextDisplay("\n".join(lines)),
            *self._rows(locale, job, number, count=len(before.pictures)),
        )

    def given(self, locale: str, job: Job, pictures: Sequence[GivenPicture]) -> ui.LayoutView:
        """Show the pictures that were given for a job, and offer to change the request."""
        go_on = JobButton("edit", job.id, self._texts(locale, "picture.continue"), job.copy_id)
        return card(
            _gallery(pictures, None, spoiler=False),
            ui.TextDisplay(self._texts(locale, "before.given", count=len(pictures))),
            ui.ActionRow[Any](go_on),
        )

    def _facts(self, locale: str, before: EarlierResult) -> list[str]:
        job = before.job
        first = job.pictures[0]
        facts = [f"{job.draft.request.ratio} · {first.width}×{first.height}"]
        if job.edits:
            facts.append(edit_line(self._texts, locale, job))
        if before.skipped:
            facts.append(self._texts(locale, "before.skipped"))
        if before.others:
            facts.append(self._texts(locale, "before.others", count=len(before.others)))
        if before.picture is None and len(before.pictures) > 1:
            facts.append(self._texts(locale, "before.which"))
        return [f"-# {fact}" for fact in facts]

    def _rows(self, locale: str, job: Job, number: int | None, *, count: int) -> list[ui.Item[Any]]:
        say = self._texts
        earlier = [JobButton("before", job.id, say(locale, "button.before"))] if has_before(job) else []
        if number is None and count > 1:
            rows = [number_buttons(job, "continue", count), earlier]
        else:
            go_on = PictureButton("continue", job.id, number or 1, say(locale, "picture.continue"))
            rows = [[go_on, *earlier]]
        return [ui.ActionRow[Any](*row) for row in rows if row]


def _gallery(
    pictures: Sequence[Media | GivenPicture], alt: str | None, *, spoiler: bool
) -> ui.MediaGallery[Any]:
    description = shorten(alt, ALT_LIMIT) if alt else None
    return ui.MediaGallery(
        *(
            discord.MediaGalleryItem(picture.url, description=description, spoiler=spoiler or picture.spoiler)
            for picture in pictures
        )
    )
