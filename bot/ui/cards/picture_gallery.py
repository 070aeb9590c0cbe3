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
                description=picture_alt(texts, locale, job, number, len(job.pictures)),
                spoiler=job.draft.spoiler or media.spoiler,
            )
            for number, media in enumerate(pictures, first)
        )
    )


def picture_alt(texts: Texts, locale: str, job: Job, number: int, count: int) -> str:
    """Return the description of one of ``count`` pictures of a job."""
    key = "card.alt-remix" if job.draft.kind == "remix" else "card.alt"
    alt = texts(locale, key, prompt=job.draft.request.prompt)
    if count > 1:
        alt = texts(locale, "card.alt-numbered", number=number, count=count, alt=alt)
    return shorten(alt, ALT_LIMIT)
