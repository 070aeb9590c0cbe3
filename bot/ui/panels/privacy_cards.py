"""The card on which people see what is kept about them, take it with them or have it deleted."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any, Literal, cast, get_args

import discord
from discord import ui

from bot.ui.cards.job_cards import card
from bot.ui.i18n.texts import Texts

Step = Literal["export", "erase", "erase-all", "keep"]
_DANGER: tuple[Step, ...] = ("erase", "erase-all")


class PrivacyButton(
    ui.DynamicItem[ui.Button[Any]], template=rf"privacy:(?P<step>{'|'.join(get_args(Step))})"
):
    """A step with one's own data; a press becomes the event ``privacy_step(interaction, step)``."""

    def __init__(self, step: Step, label: str) -> None:
        style = discord.ButtonStyle.danger if step in _DANGER else discord.ButtonStyle.secondary
        super().__init__(ui.Button(label=label, style=style, custom_id=f"privacy:{step}"))
        self._step: Step = step

    @classmethod
    async def from_custom_id(
        cls, interaction: discord.Interaction[Any], item: ui.Item[Any], match: re.Match[str], /
    ) -> PrivacyButton:
        """Rebuild the button that was pressed."""
        return cls(cast("Step", match["step"]), "…")

    async def callback(self, interaction: discord.Interaction[Any]) -> None:
        """Announce the press."""
        interaction.client.dispatch("privacy_step", interaction, self._step)


class PrivacyCards:
    """Builds the cards in their reader's language; what they say follows how the operator keeps things."""

    def __init__(self, texts: Texts, *, retention: int | None, keeps_originals: bool) -> None:
        self._texts = texts
        self._retention = retention
        self._keeps_originals = keeps_originals

    def overview(self, locale: str, kept: int) -> ui.LayoutView:
        """Say what is kept, for how long, and how much of it."""
        say = self._texts
        lines = [
            say(locale, "privacy.kept"),
            say(locale, "privacy.sent"),
            say(locale, "privacy.originals" if self._keeps_originals else "privacy.pictures"),
            self._duration(locale),
            say(locale, "privacy.posted"),
        ]
        return card(
            ui.TextDisplay(say(locale, "privacy.title")),
            ui.TextDisplay("\n".join(f"- {line}" for line in lines)),
            ui.TextDisplay(f"-# {say(locale, 'privacy.now', count=kept)}"),
            self._row(locale, "export", "erase"),
        )

    def question(self, locale: str, kept: int) -> ui.LayoutView:
        """Ask whether everything is really to be deleted."""
        say = self._texts
        return card(
            ui.TextDisplay(say(locale, "privacy.really")),
            ui.TextDisplay(say(locale, "privacy.goes", count=kept)),
            ui.TextDisplay(say(locale, "privacy.stays")),
            self._row(locale, "erase-all", "keep"),
        )

    def erased(self, locale: str, erased: int) -> ui.LayoutView:
        """Say that it is done."""
        return card(ui.TextDisplay(self._texts(locale, "privacy.erased", count=erased)))

    def export(self, locale: str, names: Sequence[str]) -> ui.LayoutView:
        """Show the files that were asked for, attached under ``names``."""
        files = [ui.File[Any](f"attachment://{name}") for name in names]
        return card(ui.TextDisplay(self._texts(locale, "privacy.exported")), *files)

    def _duration(self, locale: str) -> str:
        if self._retention is None:
            return self._texts(locale, "privacy.for-ever")
        return self._texts(locale, "privacy.days", count=self._retention)

    def _row(self, locale: str, *steps: Step) -> ui.ActionRow[Any]:
        buttons: list[Any] = [PrivacyButton(step, self._texts(locale, f"step.{step}")) for step in steps]
        return ui.ActionRow[Any](*buttons)
