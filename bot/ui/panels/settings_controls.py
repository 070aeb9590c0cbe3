"""The buttons and menus of the settings panel, which work after a restart."""

from __future__ import annotations

import re
import zlib
from typing import Any, Literal, TypeAlias, cast, get_args

import discord
from discord import ui

from bot.domain.settings_input.guild_settings import NO_VALUE, MenuSetting
from bot.ui.components import CardControl

PageName = Literal["pictures", "models", "access", "records"]
FormName = Literal["daily", "time_zone", "blocked_words", "daily_by_role"]
SettingsAction: TypeAlias = MenuSetting | FormName | Literal["model_roles", "page"]
_MENU = "menu"
_ACTIONS = (*get_args(MenuSetting), *get_args(FormName), "model_roles", "page")


class SettingsControl(
    CardControl[Any],
    template=(
        rf"settings:(?P<page>{'|'.join(get_args(PageName))}):(?P<action>{'|'.join(_ACTIONS)})"
        r":(?P<value>[a-z]*)(?::(?P<mark>[0-9a-f]+))?"
    ),
):
    """A button or menu of the panel."""

    def __init__(
        self, item: Any, page: PageName, action: SettingsAction, value: str, *, mark: str | None = None
    ) -> None:
        item.custom_id = ":".join(["settings", page, action, value, *([mark] if mark else [])])
        super().__init__(item)
        self.page: PageName = page
        self.action: SettingsAction = action
        self._value = value

    @classmethod
    def button(cls, page: PageName, action: SettingsAction, value: str, label: str, **look: Any) -> Any:
        """Make a button with a value, ``none`` for no value."""
        return cls(ui.Button(label=label, **look), page, action, value)

    @classmethod
    def menu(cls, page: PageName, action: SettingsAction, menu: ui.Item[Any], *, shows: object) -> Any:
        """Make a control of this menu; ``shows`` is what it shows as selected."""
        # Discord's clients keep a menu's selection as long as its id stays the same.
        mark = zlib.crc32(f"{page} {action} {shows}".encode())
        menu.id = mark % 2**31 or 1
        return cls(menu, page, action, _MENU, mark=f"{mark:x}")

    @classmethod
    async def from_custom_id(
        cls, interaction: discord.Interaction[Any], item: ui.Item[Any], match: re.Match[str], /
    ) -> SettingsControl:
        """Rebuild the control that was used."""
        page, action = cast("PageName", match["page"]), cast("SettingsAction", match["action"])
        return cls(item, page, action, match["value"], mark=match["mark"])

    @property
    def values(self) -> tuple[str, ...]:
        """The values selected in a menu, or the button's value."""
        if self._value == _MENU:
            return tuple(str(getattr(selected, "id", selected)) for selected in self.item.values)
        return () if self._value == NO_VALUE else (self._value,)
