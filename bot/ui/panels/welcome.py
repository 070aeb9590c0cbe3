"""The message that a server gets once, when the bot joins it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

import discord
from discord import ui

from bot.domain.models import Style
from bot.ui.cards.layout import card
from bot.ui.components import CardButton
from bot.ui.i18n.texts import Texts

STARTER_STYLES = (
    "photo",
    "watercolour",
    "ink-wash",
    "oil",
    "pencil",
    "pixel-art",
    "anime",
    "comic",
    "isometric",
    "clay",
)
"""The keys of the styles that a server begins with."""


class TryButton(CardButton, template="welcome:try"):
    """Opens a request form with an example."""

    def __init__(self, label: str = "…") -> None:
        super().__init__(ui.Button(label=label, style=discord.ButtonStyle.primary, custom_id="welcome:try"))

    @classmethod
    async def from_custom_id(
        cls, interaction: discord.Interaction[Any], item: ui.Item[Any], match: re.Match[str], /
    ) -> TryButton:
        """Rebuild the button that was pressed."""
        return cls()


class WelcomeLanguageButton(CardButton, template=r"welcome:language:(?P<locale>[A-Za-z-]{2,8})"):
    """Shows the welcome in another language, to the member who pressed it."""

    def __init__(self, locale: str, label: str = "…") -> None:
        super().__init__(ui.Button(label=label, custom_id=f"welcome:language:{locale}"))
        self.locale = locale

    @classmethod
    async def from_custom_id(
        cls, interaction: discord.Interaction[Any], item: ui.Item[Any], match: re.Match[str], /
    ) -> WelcomeLanguageButton:
        """Rebuild the button that was pressed."""
        return cls(match["locale"])


class WelcomePage:
    """Builds the welcome in any language."""

    def __init__(self, texts: Texts) -> None:
        self._texts = texts

    def page(self, locale: str, *, missing: Sequence[str] = ()) -> ui.LayoutView:
        """Say what the bot does and where to begin; ``missing``: permissions it lacks in the server."""
        say = self._texts
        lines = [say(locale, f"welcome.{key}") for key in ("title", "imagine", "remix", "mention")]
        items: list[ui.Item[Any]] = [ui.TextDisplay("\n".join(lines))]
        if missing:
            names = " · ".join(say(locale, f"permission.{name}") for name in missing)
            items += [ui.Separator(), ui.TextDisplay(say(locale, "welcome.missing", permissions=names))]
        items += [ui.Separator(), ui.TextDisplay(f"-# {say(locale, 'welcome.manage')}")]
        return card(*items, ui.ActionRow[Any](*self._buttons(locale)))

    def starter_styles(self, locale: str) -> list[Style]:
        """Return the styles that a server begins with, in its language."""
        return [
            Style(name=self._texts(locale, f"starter.{key}"), text=self._texts(locale, f"starter-text.{key}"))
            for key in STARTER_STYLES
        ]

    def _buttons(self, locale: str) -> list[Any]:
        others = [other for other in self._texts.languages if other != self._texts.closest(locale)]
        languages = [
            WelcomeLanguageButton(other, self._texts(other, "preferences.language-name")) for other in others
        ]
        return [TryButton(self._texts(locale, "welcome.try")), *languages]
