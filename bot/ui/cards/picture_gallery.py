"""The gallery of a finished job's pictures as they stand on Discord."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import discord
from discord import ui

from bot.domain.models import Job
from bot.ui.cards.layout import ALT_LIMIT
from bot.ui.i18n.texts import Texts, shorten
from bot.ui.intake.media import Media


def picture_gallery(
    texts: Texts, locale: str, job: Job, pictures: Sequence[Media], first: int = 1
) -> ui.MediaGallery[Any]:
    """Return the pictures, those of the job from number ``first`` on, with their descriptions."""
    return ui.MediaGallery(
        *(
            discord.MediaGalleryItem(
                media.url,
                description=_alt(texts, locale, job, number),
                spoiler=job.draft.spoiler or media.spoiler,
            )
            for number, media in enumerate(pictures, first)
        )
    )


def _alt(texts: Texts, locale: str, job: Job, number: int) -> str:
    alt, count = job.draft.request.prompt, len(job.pictures)
    if count == 1:
        return shorten(alt, ALT_LIMIT)
    return shorten(texts(locale, "card.alt-numbered", number=number, count=count, alt=alt), ALT_LIMIT)
