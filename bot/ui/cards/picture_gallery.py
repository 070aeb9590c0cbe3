"""The gallery of a finished job's pictures as they stand on Discord."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import discord
from discord import ui

from bot.domain.models import Job
from bot.ui.cards.layout import ALT_LIMIT
from bot.ui.i18n.texts import Texts, escape, excerpt, shorten
from bot.ui.intake.references.media import Media

_EXCERPT = 150


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


def picture_thumbnail(
    texts: Texts, locale: str, job: Job, media: Media, count: int, *, spoiler: bool
) -> ui.Thumbnail[Any]:
    """Return the first of ``count`` pictures of a job small, with its description."""
    return ui.Thumbnail(media.url, description=picture_alt(texts, locale, job, 1, count), spoiler=spoiler)


def result_text(texts: Texts, locale: str, job: Job, link: str) -> str:
    """Return a result's prompt, cut to a few lines, and when and how it was drawn."""
    request, day = job.draft.request, math.floor(job.created_at)
    line = texts(locale, "history.line", ratio=request.ratio, size=request.size, day=day, link=link)
    return f"{escape(excerpt(request.prompt, _EXCERPT))}\n-# {line}"
