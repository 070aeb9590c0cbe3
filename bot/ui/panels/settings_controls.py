"""The buttons and menus of a server's settings, which work for months and after any restart."""

from __future__ import annotations

import re
import zlib
from typing import Any, Literal, TypeAlias, cast, get_args

import discord
from discord import ui

from bot.domain.guild_settings_input import NONE, Choice

Page = Literal["pictures", "access", "records"]
Form = Literal["daily", "time_zone", "blocked_words", "daily_by_role"]
Action: TypeAlias = Choice | Form | Literal["page"]
_MENU = "menu"
_ACTIONS = (*get_args(Choice), *get_args(Form), "page")


class Control(
    ui.DynamicItem[Any],
    template=(
        rf"settings:(?P<page>{'|'.join(get_args(Page))}):(?P<action>{'|'.join(_ACTIONS)})"
        r":(?P<value>[a-z]*)(?::(?P<mark>[0-9a-f]+))?"
    ),
):
    """Part of a page; its use becomes ``settings_control(interaction, page, action, values)``.

    ``values`` are what was picked from a menu, as texts, or what a button stands for.
    """

    def __init__(self, item: Any, page: Page, action: Action, value: str, *, mark: str | None = None) -> None:
        item.custom_id = ":".join(["settings", page, action, value, *([mark] if mark else [])])
        super().__init__(item)
        self._page: Page = page
        self._action: Action = action
        self._value = value

    @classmethod
    def button(cls, page: Page, action: Action, value: str, label: str, **look: Any) -> Any:
        """Make a button that stands for a value, ``none`` for nothing."""
        return cls(ui.Button(label=label, **look), page, action, value)

    @classmethod
    def menu(cls, page: Page, action: Action, menu: ui.Item[Any], *, shows: object) -> Any:
        """Make this menu choose something; ``shows`` is what it shows as chosen already."""
        # People's programs keep what was picked in a menu for as long as it seems to be the same one.
        mark = zlib.crc32(f"{page} {action} {shows}".encode())
        menu.id = mark % 2**31 or 1
        return cls(menu, page, action, _MENU, mark=f"{mark:x}")

    @classmethod
    async def from_custom_id(
        cls, interaction: discord.Interaction[Any], item: ui.Item[Any], match: re.Match[str], /
    ) -> Control:
        """Rebuild what was used."""
        page, action = cast("Page", match["page"]), cast("Action", match["action"])
        return cls(item, page, action, match["value"], mark=match["mark"])

    async def callback(self, interaction: discord.Interaction[Any]) -> None:
        """Announce the use."""
        values = () if self._value == NONE else (self._value,)
        if self._value == _MENU:
            values = tuple(str(getattr(picked, "id", picked)) for picked in self.item.values)
        interaction.client.dispatch("settings_control", interaction, self._page, self._action, values)
