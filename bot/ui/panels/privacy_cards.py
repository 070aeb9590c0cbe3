"""The cards of /privacy."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any, Literal, cast, get_args

import discord
from discord import ui

from bot.domain.image_models.catalogue import Catalogue, in_language
from bot.domain.recipients import recipients
from bot.ui.cards.layout import card
from bot.ui.components import CardButton
from bot.ui.i18n.texts import Texts, escape

PrivacyStep = Literal["export", "erase", "erase-all", "erase-but-opt-out", "keep"]
_DANGER: tuple[PrivacyStep, ...] = ("erase", "erase-all", "erase-but-opt-out")


class PrivacyButton(CardButton, template=rf"privacy:(?P<step>{'|'.join(get_args(PrivacyStep))})"):
    """An action on the user's own data."""

    def __init__(self, step: PrivacyStep, label: str) -> None:
        style = discord.ButtonStyle.danger if step in _DANGER else discord.ButtonStyle.secondary
        super().__init__(ui.Button(label=label, style=style, custom_id=f"privacy:{step}"))
        self.step: PrivacyStep = step

    @classmethod
    async def from_custom_id(
        cls, interaction: discord.Interaction[Any], item: ui.Item[Any], match: re.Match[str], /
    ) -> PrivacyButton:
        """Rebuild the button that was pressed."""
        return cls(cast("PrivacyStep", match["step"]), "…")


class PrivacyCards:
    """Builds the cards in the reader's language; their texts depend on the operator's retention settings."""

    def __init__(
        self, texts: Texts, models: Catalogue, *, retention: int | None, keeps_originals: bool
    ) -> None:
        self._texts = texts
        self._models = models
        self._retention = retention
        self._keeps_originals = keeps_originals

    def overview(self, locale: str, stored: int) -> ui.LayoutView:
        """Explain what is stored, for how long, and how much there is."""
        say = self._texts
        lines = [
            say(locale, "privacy.kept"),
            self._sent(locale),
            say(locale, "privacy.originals" if self._keeps_originals else "privacy.pictures"),
            self._duration(locale),
            say(locale, "privacy.posted"),
        ]
        return card(
            ui.TextDisplay(say(locale, "privacy.title")),
            ui.TextDisplay("\n".join(f"- {line}" for line in lines)),
            ui.TextDisplay(f"-# {say(locale, 'privacy.now', count=stored)}"),
            self._row(locale, "export", "erase"),
        )

    def _sent(self, locale: str) -> str:
        """Say who receives prompts and pictures: each service with its host and the models that it draws."""
        say = self._texts
        services = recipients(self._models)
        if [each.host for each in services] == [None]:
            return say(locale, "privacy.sent")
        listed = [
            say(
                locale,
                "privacy.recipient",
                host=escape(each.host or say(locale, "privacy.relay")),
                models=" · ".join(escape(in_language(label, say.closest(locale))) for label in each.labels),
            )
            for each in services
        ]
        return say(locale, "privacy.sent-to", recipients=say(locale, "privacy.and").join(listed))

    def confirmation(self, locale: str, stored: int, *, opted_out: bool) -> ui.LayoutView:
        """Ask for confirmation of the deletion; who lets nobody remix their pictures can keep that."""
        say = self._texts
        opt_out = [ui.TextDisplay[Any](say(locale, "privacy.opt-out"))] if opted_out else []
        steps: list[PrivacyStep] = ["erase-but-opt-out"] if opted_out else []
        return card(
            ui.TextDisplay(say(locale, "privacy.really")),
            ui.TextDisplay(say(locale, "privacy.goes", count=stored)),
            ui.TextDisplay(say(locale, "privacy.stays")),
            *opt_out,
            self._row(locale, *steps, "erase-all", "keep"),
        )

    def erased(self, locale: str, erased: int, *, kept_opt_out: bool) -> ui.LayoutView:
        """Confirm the deletion."""
        lines = [self._texts(locale, "privacy.erased", count=erased)]
        if kept_opt_out:
            lines.append(self._texts(locale, "privacy.opt-out-kept"))
        return card(ui.TextDisplay("\n".join(lines)))

    def export(self, locale: str, names: Sequence[str]) -> ui.LayoutView:
        """Show the exported files, attached under ``names``."""
        files = [ui.File[Any](f"attachment://{name}") for name in names]
        return card(ui.TextDisplay(self._texts(locale, "privacy.exported")), *files)

    def _duration(self, locale: str) -> str:
        if self._retention is None:
            return self._texts(locale, "privacy.for-ever")
        return self._texts(locale, "privacy.days", count=self._retention)

    def _row(self, locale: str, *steps: PrivacyStep) -> ui.ActionRow[Any]:
        buttons: list[Any] = [PrivacyButton(step, self._texts(locale, f"step.{step}")) for step in steps]
        return ui.ActionRow[Any](*buttons)
