"""What all cards are built from: the container, the quoted prompt, Discord's limits."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import PurePosixPath
from typing import Any
from urllib.parse import urlsplit

import discord
from discord import ui

from bot.domain.models import DraftReference, Job
from bot.ui.i18n.texts import Texts, escape, excerpt

ACCENT = discord.Colour(0x5B6CFF)
ALT_LIMIT = 1024
TEXT_LIMIT = 4000
"""Most characters in a card."""
_PROMPT_SHOWN = 350
_DISPLAYED = frozenset({".png", ".jpg", ".jpeg", ".webp", ".gif", ".avif"})
"""Endings of the formats that Discord's clients show."""


def card(*children: ui.Item[Any]) -> ui.LayoutView:
    """Build a view with one container around the items."""
    view = ui.LayoutView(timeout=None)
    view.add_item(ui.Container(*children, accent_colour=ACCENT))
    return view


def quoted_prompt(job: Job) -> str:
    """Return the beginning of a job's prompt as a quote."""
    return f"> {escape(excerpt(job.draft.request.prompt, _PROMPT_SHOWN))}"


def prompt_and_references(texts: Texts, job: Job) -> list[ui.Item[Any]]:
    """Return that quote as items of a card, with the references beside it and below that are shown.

    They are numbered if there are several.
    """
    quote = ui.TextDisplay[Any](quoted_prompt(job))
    references = job.draft.references
    shown = [
        (number, each) for number, each in enumerate(references, 1) if each.shown and _is_displayed(each.url)
    ]
    if not shown:
        return [quote]

    def section(number: int, reference: DraftReference, *before: ui.Item[Any]) -> ui.Section[Any]:
        several = len(references) > 1
        key = "card.reference-number" if several else "card.reference-alt"
        name = texts(job.requester.locale, key, number=number)
        thumbnail = ui.Thumbnail[Any](reference.url, description=name, spoiler=job.draft.spoiler)
        named = [ui.TextDisplay[Any](f"-# {name}")] if several else []
        return ui.Section(*before, *named, accessory=thumbnail)

    (first, *others) = shown
    return [section(*first, quote), *(section(*each) for each in others)]


def with_reference_copies(job: Job, names: Mapping[int, str]) -> Job:
    """Return a job whose card shows attached files in place of the references with these numbers."""
    references = tuple(
        DraftReference(url=f"attachment://{names[number]}", shown=True) if number in names else each
        for number, each in enumerate(job.draft.references, 1)
    )
    return replace(job, draft=replace(job.draft, references=references))


def without_reference(job: Job) -> Job:
    """Return a job whose card shows no reference, as another place or a refusal of Discord's requires."""
    hidden = tuple(replace(reference, shown=False) for reference in job.draft.references)
    return replace(job, draft=replace(job.draft, references=hidden))


def _is_displayed(url: str) -> bool:
    return PurePosixPath(urlsplit(url).path or url).suffix.lower() in _DISPLAYED
