"""The page on which members choose what holds where they say nothing else."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any, Literal, cast, get_args

import discord
from discord import ui

from bot.domain.guild_settings import Preferences
from bot.domain.models import KeptStyle, Ratio, Size
from bot.ui.cards.job_cards import card
from bot.ui.i18n.texts import Texts, shorten
from bot.ui.panels.style_pages import StyleButton

Choice = Literal["ratio", "size", "style", "language"]
_NOTHING = "-"
_MOST_OPTIONS = 25
_DESCRIPTION_LIMIT = 100


class PreferenceSelect(
    ui.DynamicItem[ui.Select[Any]], template=rf"preference:(?P<choice>{'|'.join(get_args(Choice))})"
):
    """Chooses one thing; the choice becomes ``preference(interaction, choice, value)``, None for nothing."""

    def __init__(self, choice: Choice, options: list[discord.SelectOption]) -> None:
        super().__init__(ui.Select(custom_id=f"preference:{choice}", options=options))
        self._choice: Choice = choice

    @classmethod
    async def from_custom_id(
        cls, interaction: discord.Interaction[Any], item: ui.Item[Any], match: re.Match[str], /
    ) -> PreferenceSelect:
        """Rebuild the menu that was used."""
        return cls(cast("Choice", match["choice"]), [])

    async def callback(self, interaction: discord.Interaction[Any]) -> None:
        """Announce the choice."""
        value = self.item.values[0]
        interaction.client.dispatch(
            "preference", interaction, self._choice, None if value == _NOTHING else value
        )


class TellSwitch(ui.DynamicItem[ui.Button[Any]], template=r"preference:tell:(?P<on>on|off)"):
    """Switches the message that says what is done; a press becomes ``tell_switch(interaction, on)``."""

    def __init__(self, label: str, *, on: bool) -> None:
        super().__init__(ui.Button(label=label, custom_id=f"preference:tell:{'on' if on else 'off'}"))
        self._on = on

    @classmethod
    async def from_custom_id(
        cls, interaction: discord.Interaction[Any], item: ui.Item[Any], match: re.Match[str], /
    ) -> TellSwitch:
        """Rebuild the button that was pressed."""
        return cls("…", on=match["on"] == "on")

    async def callback(self, interaction: discord.Interaction[Any]) -> None:
        """Announce the press."""
        interaction.client.dispatch("tell_switch", interaction, self._on)


class PreferencesPage:
    """Builds the page in its reader's language."""

    def __init__(self, texts: Texts) -> None:
        self._texts = texts

    def page(self, locale: str, chosen: Preferences, styles: Sequence[KeptStyle]) -> ui.LayoutView:
        """Show what a member chose, each with a menu to choose anew."""
        say = self._texts
        title = f"{say(locale, 'preferences.title')}\n-# {say(locale, 'preferences.use')}"
        return card(
            ui.TextDisplay(title),
            ui.Separator(),
            *self._menu(locale, "ratio", chosen.ratio, self._values(locale, "ratio", get_args(Ratio))),
            *self._menu(locale, "size", chosen.size, self._values(locale, "size", get_args(Size))),
            *self._menu(locale, "style", chosen.style, self._styles(locale, chosen.style, styles)),
            *self._menu(locale, "language", chosen.language, self._languages()),
            ui.ActionRow[Any](self._switch(locale, chosen), self._to_styles(locale)),
        )

    def _menu(
        self, locale: str, choice: Choice, chosen: str | None, options: list[discord.SelectOption]
    ) -> list[ui.Item[Any]]:
        say = self._texts
        nothing = discord.SelectOption(label=say(locale, f"preferences.{choice}-none"), value=_NOTHING)
        for option in (nothing, *options):
            option.default = option.value == (chosen or _NOTHING)
        menu: Any = PreferenceSelect(choice, [nothing, *options])
        return [ui.TextDisplay(f"-# {say(locale, f'preferences.{choice}')}"), ui.ActionRow[Any](menu)]

    def _values(self, locale: str, section: str, values: tuple[str, ...]) -> list[discord.SelectOption]:
        return [
            discord.SelectOption(label=self._texts(locale, f"{section}.{value}"), value=value)
            for value in values
        ]

    def _styles(
        self, locale: str, chosen: str | None, styles: Sequence[KeptStyle]
    ) -> list[discord.SelectOption]:
        options = [
            discord.SelectOption(
                label=kept.style.name,
                value=kept.style.name,
                description=shorten(kept.style.text, _DESCRIPTION_LIMIT),
            )
            for kept in styles
        ]
        # What was chosen stays in sight, though it may be of another server or deleted by now.
        known = {option.value: option for option in options}
        first = [known.pop(chosen, None) or self._absent(locale, chosen)] if chosen else []
        return [*first, *known.values()][: _MOST_OPTIONS - 1]

    def _absent(self, locale: str, name: str) -> discord.SelectOption:
        away = self._texts(locale, "preferences.style-absent")
        return discord.SelectOption(label=name, value=name, description=away)

    def _languages(self) -> list[discord.SelectOption]:
        say = self._texts
        return [
            discord.SelectOption(label=say(language, "preferences.language-name"), value=language)
            for language in sorted(say.languages)
        ]

    def _switch(self, locale: str, chosen: Preferences) -> Any:
        key = "preferences.tell-off" if chosen.tell_when_done else "preferences.tell-on"
        return TellSwitch(self._texts(locale, key), on=not chosen.tell_when_done)

    def _to_styles(self, locale: str) -> Any:
        return StyleButton("list", "member", 0, self._texts(locale, "style.to-own"))
