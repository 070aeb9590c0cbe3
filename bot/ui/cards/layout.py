"""What all cards are built from: the container, the quoted prompt, Discord's limits."""

from __future__ import annotations

from typing import Any

import discord
from discord import ui

from bot.domain.models import Job
from bot.ui.i18n.texts import escape, excerpt

ACCENT = discord.Colour(0x5B6CFF)
ALT_LIMIT = 1024
TEXT_LIMIT = 4000
"""Most characters in a card."""
_PROMPT_SHOWN = 350


def card(*children: ui.Item[Any]) -> ui.LayoutView:
    """Build a view with one container around the items."""
    view = ui.LayoutView(timeout=None)
    view.add_item(ui.Container(*children, accent_colour=ACCENT))
    return view


def quoted_prompt(job: Job) -> str:
    """Return the beginning of a job's prompt as a quote."""
    return f"> {escape(excerpt(job.draft.request.prompt, _PROMPT_SHOWN))}"


def prompt_quote(job: Job) -> ui.TextDisplay[Any]:
    """Return that quote as an item of a card."""
    return ui.TextDisplay(quoted_prompt(job))
