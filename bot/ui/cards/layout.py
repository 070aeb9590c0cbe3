"""What all cards are built from: the container, the quoted prompt, Discord's limits."""

from __future__ import annotations

from dataclasses import replace
from pathlib import PurePosixPath
from typing import Any
from urllib.parse import urlsplit

import discord
from discord import ui

from bot.domain.models import DraftReference, Job
from bot.ui.i18n.texts import escape, excerpt

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


def prompt_quote(job: Job) -> ui.Item[Any]:
    """Return that quote as an item of a card, with the reference beside it where it is shown."""
    quote = ui.TextDisplay[Any](quoted_prompt(job))
    references = job.draft.references
    shown = next((each for each in references if each.shown and _is_displayed(each.url)), None)
    if shown is None:
        return quote
    return ui.Section[Any](quote, accessory=ui.Thumbnail(shown.url, spoiler=job.draft.spoiler))


def with_reference_copy(job: Job, name: str) -> Job:
    """Return a job whose card shows a copy of its reference, attached under a name."""
    copy = DraftReference(url=f"attachment://{name}", shown=True)
    return replace(job, draft=replace(job.draft, references=(copy,)))


def without_reference(job: Job) -> Job:
    """Return a job whose card shows no reference, as another place or a refusal of Discord's requires."""
    hidden = tuple(replace(reference, shown=False) for reference in job.draft.references)
    return replace(job, draft=replace(job.draft, references=hidden))


def _is_displayed(url: str) -> bool:
    return PurePosixPath(urlsplit(url).path or url).suffix.lower() in _DISPLAYED
