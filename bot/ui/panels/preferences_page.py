"""The page of /preferences."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, cast, get_args

import discord
from discord import ui

from bot.domain.guild_settings import Preferences
from bot.domain.image_models.catalogue import Catalogue, Model
from bot.domain.models import Ratio, SavedStyle, Size
from bot.domain.request_rules import STYLE_NAME_LIMIT
from bot.domain.settings_input.preferences import PreferenceName, SwitchName
from bot.ui.cards.layout import card
from bot.ui.cards.model_names import ModelNames
from bot.ui.components import (
    MAX_OPTIONS,
    CardButton,
    CardModal,
    CardSelect,
    Errors,
    Interaction,
    single_value,
)
from bot.ui.i18n.texts import Texts, shorten
from bot.ui.model_options import ModelOptions
from bot.ui.panels.style_pages import StyleButton

_NOTHING = "-"
_LABEL_LIMIT, _DESCRIPTION_LIMIT = 100, 100


class PreferenceSelect(CardSelect, template=rf"preference:(?P<choice>{'|'.join(get_args(PreferenceName))})"):
    """Sets a preference."""

    def __init__(self, choice: PreferenceName, options: list[discord.SelectOption]) -> None:
        super().__init__(ui.Select(custom_id=f"preference:{choice}", options=options))
        self.choice: PreferenceName = choice

    @classmethod
    async def from_custom_id(
        cls, interaction: discord.Interaction[Any], item: ui.Item[Any], match: re.Match[str], /
    ) -> PreferenceSelect:
        """Rebuild the menu that was used."""
        return cls(cast("PreferenceName", match["choice"]), [])

    @property
    def value(self) -> str | None:
        """The selected value; None for unset."""
        value = single_value(self.item)
        return None if value == _NOTHING else value


class PreferenceSwitch(
    CardButton, template=rf"preference:(?P<switch>{'|'.join(get_args(SwitchName))}):(?P<on>on|off)"
):
    """Turns completion notices (``tell``) or remixes by others (``remixes``) on or off."""

    def __init__(self, switch: SwitchName, label: str, *, on: bool) -> None:
        custom_id = f"preference:{switch}:{'on' if on else 'off'}"
        super().__init__(ui.Button(label=label, custom_id=custom_id))
        self.switch: SwitchName = switch
        self.on = on

    @classmethod
    async def from_custom_id(
        cls, interaction: discord.Interaction[Any], item: ui.Item[Any], match: re.Match[str], /
    ) -> PreferenceSwitch:
        """Rebuild the button that was pressed."""
        return cls(cast("SwitchName", match["switch"]), "…", on=match["on"] == "on")


class StyleNameButton(CardButton, template=r"preference:style-name"):
    """Opens the form in which a style's name is typed."""

    def __init__(self, label: str) -> None:
        super().__init__(ui.Button(label=label, custom_id="preference:style-name"))

    @classmethod
    async def from_custom_id(
        cls, interaction: discord.Interaction[Any], item: ui.Item[Any], match: re.Match[str], /
    ) -> StyleNameButton:
        """Rebuild the button that was pressed."""
        return cls("…")


class StyleNameModal(CardModal):
    """Asks for the name of a style; ``submit`` gets it, None for no style."""

    def __init__(
        self,
        texts: Texts,
        errors: Errors,
        locale: str,
        chosen: str | None,
        submit: Callable[[Interaction, str | None], Awaitable[object]],
    ) -> None:
        super().__init__(errors, title=texts(locale, "preferences.style-name"))
        self._submit = submit
        self._name = ui.TextInput[Any](default=chosen, required=False, max_length=STYLE_NAME_LIMIT)
        label = ui.Label[Any](text=texts(locale, "preferences.style"), component=self._name)
        self.add_item(label)

    async def submitted(self, interaction: Interaction) -> None:
        """Pass on the name."""
        await self._submit(interaction, " ".join(self._name.value.split()) or None)


class PreferencesPage:
    """Builds the page in the reader's language."""

    def __init__(self, texts: Texts, models: Catalogue) -> None:
        self._texts = texts
        self._names = ModelNames(texts, models)
        self._options = ModelOptions(texts)

    def page(
        self, locale: str, chosen: Preferences, styles: Sequence[SavedStyle], models: Sequence[Model] = ()
    ) -> ui.LayoutView:
        """Show a member's preferences, each with a menu to change it.

        ``models`` are those that the member may use here; a menu needs several.
        """
        say = self._texts
        title = f"{say(locale, 'preferences.title')}\n-# {say(locale, 'preferences.use')}"
        offered = self._styles(locale, chosen.style, styles)
        return card(
            ui.TextDisplay(title),
            ui.Separator(),
            *self._menu(locale, "ratio", chosen.ratio, self._values(locale, "ratio", get_args(Ratio))),
            *self._menu(locale, "size", chosen.size, self._values(locale, "size", get_args(Size))),
            *self._model_menu(locale, chosen.model, models),
            *self._menu(locale, "style", chosen.style, offered),
            *self._menu(locale, "language", chosen.language, self._languages()),
            self._remixes(locale, chosen),
            ui.ActionRow[Any](*self._buttons(locale, chosen, hidden=len(offered) >= MAX_OPTIONS)),
        )

    def _menu(
        self, locale: str, choice: PreferenceName, chosen: str | None, options: list[discord.SelectOption]
    ) -> list[ui.Item[Any]]:
        say = self._texts
        nothing = discord.SelectOption(label=say(locale, f"preferences.{choice}-none"), value=_NOTHING)
        for option in (nothing, *options):
            option.default = option.value == (chosen or _NOTHING)
        menu: Any = PreferenceSelect(choice, [nothing, *options][:MAX_OPTIONS])
        title = f"-# {say(locale, f'preferences.{choice}')}"
        if (total := len(options)) >= MAX_OPTIONS:
            title += f" · {say(locale, 'choices.shown', shown=MAX_OPTIONS - 1, total=total)}"
        return [ui.TextDisplay(title), ui.ActionRow[Any](menu)]

    def _values(self, locale: str, section: str, values: tuple[str, ...]) -> list[discord.SelectOption]:
        return [
            discord.SelectOption(label=self._texts(locale, f"{section}.{value}"), value=value)
            for value in values
        ]

    def _styles(
        self, locale: str, chosen: str | None, styles: Sequence[SavedStyle]
    ) -> list[discord.SelectOption]:
        options = [
            discord.SelectOption(
                label=saved.style.name,
                value=saved.style.name,
                description=shorten(saved.style.text, _DESCRIPTION_LIMIT),
            )
            for saved in styles
        ]
        # The chosen style is always listed, even if it belongs to another server or was deleted.
        known = {option.value: option for option in options}
        first = [known.pop(chosen, None) or self._absent(locale, chosen)] if chosen else []
        return [*first, *known.values()]

    def _model_menu(self, locale: str, chosen: str | None, models: Sequence[Model]) -> list[ui.Item[Any]]:
        if len(models) < 2 and chosen is None:
            return []
        options = self._options.options(locale, models)
        if chosen is not None and chosen not in {model.id for model in models}:
            options.insert(0, self._absent(locale, chosen, label=self._names.label(locale, chosen)))
        return self._menu(locale, "model", chosen, options)

    def _absent(self, locale: str, name: str, *, label: str | None = None) -> discord.SelectOption:
        away = self._texts(locale, "preferences.style-absent")
        return discord.SelectOption(label=shorten(label or name, _LABEL_LIMIT), value=name, description=away)

    def _languages(self) -> list[discord.SelectOption]:
        say = self._texts
        return [
            discord.SelectOption(label=say(language, "preferences.language-name"), value=language)
            for language in sorted(say.languages)
        ]

    def _buttons(self, locale: str, chosen: Preferences, *, hidden: bool) -> list[Any]:
        """Return the buttons; styles that are ``hidden``, as they don't fit into the menu, can be typed."""
        typed = [StyleNameButton(self._texts(locale, "preferences.style-name"))] if hidden else []
        return [*typed, self._notices(locale, chosen), self._to_styles(locale)]

    def _notices(self, locale: str, chosen: Preferences) -> Any:
        key = "preferences.tell-off" if chosen.tell_when_done else "preferences.tell-on"
        return PreferenceSwitch("tell", self._texts(locale, key), on=not chosen.tell_when_done)

    def _remixes(self, locale: str, chosen: Preferences) -> ui.Section[Any]:
        say, allowed = self._texts, chosen.allow_remixes
        state = say(locale, "preferences.remixes-on" if allowed else "preferences.remixes-off")
        label = say(locale, "preferences.remixes-forbid" if allowed else "preferences.remixes-allow")
        switch: Any = PreferenceSwitch("remixes", label, on=not allowed)
        return ui.Section[Any](state, accessory=switch)

    def _to_styles(self, locale: str) -> Any:
        return StyleButton("list", "member", 0, self._texts(locale, "style.to-own"))
