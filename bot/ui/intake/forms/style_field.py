"""The fields of a form that ask for a style."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import discord
from discord import ui

from bot.domain.models import Style
from bot.domain.request_rules import NO_STYLE, STYLE_NAME_LIMIT
from bot.ui.components import MAX_OPTIONS, selected_value
from bot.ui.i18n.texts import Texts, shorten
from bot.ui.intake.command_options import named_style

_DESCRIPTION_LIMIT = 100


class StyleField:
    """Asks for a style by a menu, and by its name if there are more styles than a menu can show.

    ``before`` is the style until now. ``room`` is how many fields the form has left, at least one; with only
    one and too many styles, the name is typed without a menu.
    """

    def __init__(
        self, texts: Texts, locale: str, before: Style | None, styles: Sequence[Style], *, room: int
    ) -> None:
        self._texts = texts
        self._locale = locale
        self._before = before
        others = [style for style in styles if before is None or style.name != before.name]
        self._styles = [*([before] if before else []), *others]
        self._too_many = len(self._styles) >= MAX_OPTIONS
        self._menu = None if self._too_many and room < 2 else self._new_menu()
        self._name = self._new_name() if self._too_many else None

    def labels(self) -> list[ui.Label[Any]]:
        """Return the fields with their labels."""
        say, total = self._say, len(self._styles)
        label = say("modal.style")
        if self._name is None:
            return [ui.Label(text=label, component=self._menu)] if self._menu else []
        if self._menu is None:
            return [
                ui.Label(text=label, description=say("modal.style-typed", total=total), component=self._name)
            ]
        shown = say("choices.shown", shown=MAX_OPTIONS - 1, total=total)
        return [
            ui.Label(text=label, description=shown, component=self._menu),
            ui.Label(text=say("modal.style-name"), component=self._name),
        ]

    def chosen(self) -> Style | None:
        """Return the chosen style, by its name alone if it isn't the one until now."""
        typed = self._name.value.strip() if self._name else ""
        name = typed or (selected_value(self._menu) if self._menu else NO_STYLE)
        # Unchanged, even if the style was edited or deleted since.
        return self._before if self._before and name == self._before.name else named_style(name)

    def _new_menu(self) -> ui.Select[Any]:
        """Offer no style, the one until now, and the others."""
        none = discord.SelectOption(
            label=self._say("style.no-style"), value=NO_STYLE, default=self._before is None
        )
        options = [
            discord.SelectOption(
                label=style.name,
                value=style.name,
                description=shorten(style.text, _DESCRIPTION_LIMIT),
                default=style is self._before,
            )
            for style in self._styles
        ]
        return ui.Select(options=[none, *options][:MAX_OPTIONS])

    def _new_name(self) -> ui.TextInput[Any]:
        # Beside the menu it is only for other styles.
        before = self._before.name if self._before and self._menu is None else None
        return ui.TextInput(default=before, required=False, max_length=STYLE_NAME_LIMIT)

    def _say(self, key: str, **facts: Any) -> str:
        return self._texts(self._locale, key, **facts)
