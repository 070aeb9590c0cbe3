"""The panel of /settings, in three pages, and one about models where there are several."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, get_args

import discord
from discord import ChannelType, ui

from bot.domain import request_rules
from bot.domain.guild_settings import GuildSettings, OverQuotaPolicy, SettingsChange
from bot.domain.image_models.catalogue import Catalogue
from bot.domain.models import Ratio, Size
from bot.domain.settings_input.guild_settings import MAX_PICKED, NO_VALUE, MenuSetting
from bot.domain.time_zones import load_time_zone
from bot.ui.cards.layout import card
from bot.ui.i18n.texts import Texts
from bot.ui.modlog.settings_changes import SettingsChangeFormatter
from bot.ui.panels.settings_controls import FormName, PageName, SettingsControl
from bot.ui.panels.settings_models import ModelsPage

_WRITTEN_IN = [ChannelType.text, ChannelType.news, ChannelType.voice, ChannelType.stage_voice]
_DRAWN_IN = [*_WRITTEN_IN, ChannelType.forum, ChannelType.media]
_Items = list[ui.Item[Any]]


@dataclass(frozen=True, slots=True, kw_only=True)
class PanelState:
    """What a page shows: settings, their recent changes, the server's channels and roles, the time."""

    settings: GuildSettings
    recent: Sequence[SettingsChange]
    channels: Collection[int]
    roles: Collection[int]
    now: float
    reads_replies: bool
    """Whether Discord shows the bot replies that don't notify it."""


class SettingsPanel:
    """Builds the pages in the reader's language."""

    def __init__(self, texts: Texts, models: Catalogue) -> None:
        self._texts = texts
        self._models = models

    def page(self, locale: str, page: PageName, state: PanelState) -> ui.LayoutView:
        """Build one page, with buttons to the others."""
        content = _PanelPage(self._texts, self._models, locale, page, state)
        match page:
            case "pictures":
                items = content.pictures()
            case "models":
                items = ModelsPage(self._texts, locale, page, self._models).items(state.settings)
            case "access":
                items = content.access()
            case "records":
                items = content.records()
        return card(content.head(), ui.Separator(), *items, ui.Separator(), content.foot())


class _PanelPage:
    """The items of the pages for one reader."""

    def __init__(
        self, texts: Texts, models: Catalogue, locale: str, page: PageName, state: PanelState
    ) -> None:
        self._texts = texts
        self._models = models
        self._locale = locale
        self._page: PageName = page
        self._state = state
        self._settings = state.settings
        self._change_formatter = SettingsChangeFormatter(texts, models)

    def head(self) -> ui.Item[Any]:
        """Return the title, with whether the bot is paused."""
        title = f"{self._say('panel.title')} · {self._say(f'panel.{self._page}')}"
        paused = [self._say("panel.paused")] if self._settings.paused else []
        return ui.TextDisplay("\n".join([title, f"-# {self._say('panel.use')}", *paused]))

    def foot(self) -> ui.Item[Any]:
        """Return the buttons to the other pages, and Pause or Resume."""
        pages = [
            SettingsControl.button(each, "page", "", self._say(f"panel.{each}"), disabled=each == self._page)
            for each in get_args(PageName)
            if each != "models" or len(self._models.ids) > 1
        ]
        if self._settings.paused:
            look, value, label = discord.ButtonStyle.success, "off", self._say("panel.resume")
        else:
            look, value, label = discord.ButtonStyle.danger, "on", self._say("panel.pause")
        return ui.ActionRow[Any](
            *pages, SettingsControl.button(self._page, "paused", value, label, style=look)
        )

    def pictures(self) -> _Items:
        """Return the page about ratios, sizes, spoilers and avatars."""
        settings, sizes = self._settings, get_args(Size)
        fitting = request_rules.sizes_up_to(settings.largest)
        return [
            *self._menu("ratio", self._labels("ratio", get_args(Ratio)), settings.ratio),
            *self._menu("size", self._labels("size", fitting), request_rules.default_size(settings)),
            *self._menu("largest", self._labels("size", sizes), settings.largest),
            self._switch("spoilers", on=settings.spoilers),
            self._switch("avatar_remixes", on=settings.avatar_remixes),
            self._switch(
                "replies_without_mention", on=settings.replies_without_mention, small=self._replies_use()
            ),
        ]

    def access(self) -> _Items:
        """Return the page about channels, roles and quotas."""
        settings, channels = self._settings, sorted(self._settings.channels)
        numbers = {str(role): number for role, number in sorted(settings.daily_by_role.items())}
        role = ui.RoleSelect[Any](placeholder=self._say("panel.role-hint"))
        idle = [f"-# {self._say('panel.by-role-idle')}"] if numbers and settings.daily is None else []
        past = {each: self._value("past_quota", each) for each in get_args(OverQuotaPolicy)}
        return [
            *self._channels("channels", channels, channels, most=MAX_PICKED),
            *self._roles(),
            ui.Separator(),
            self._form("daily", settings.daily),
            ui.TextDisplay("\n".join([self._line("daily_by_role", numbers), *idle])),
            ui.ActionRow[Any](SettingsControl.menu(self._page, "daily_by_role", role, shows=numbers)),
            *self._menu("past_quota", past, settings.past_quota),
            self._form("time_zone", settings.time_zone, small=self._day()),
        ]

    def records(self) -> _Items:
        """Return the page about blocked words, language and the audit channel."""
        settings, languages = self._settings, sorted(self._texts.languages)
        names = {each: self._value("language", each) for each in languages}
        recent = [self._change_formatter.describe(self._locale, change) for change in self._state.recent]
        latest = recent or [self._say("panel.nothing")]
        audit = [] if settings.audit_channel is None else [settings.audit_channel]
        return [
            self._form("blocked_words", settings.blocked_words, small=self._say("panel.words-use")),
            *self._menu(
                "language",
                {NO_VALUE: self._value("language", None), **names},
                settings.language or NO_VALUE,
            ),
            *self._channels("audit_channel", settings.audit_channel, audit, most=1),
            ui.Separator(),
            ui.TextDisplay("\n".join([self._say("panel.recent"), *(f"-# {line}" for line in latest)])),
        ]

    def _menu(self, choice: MenuSetting, labels: dict[str, str], chosen: str) -> _Items:
        """Return a menu of a few values."""
        options = [
            discord.SelectOption(label=label, value=value, default=value == chosen)
            for value, label in labels.items()
        ]
        menu = SettingsControl.menu(
            self._page, choice, ui.Select[Any](options=options), shows=(chosen, *labels)
        )
        return [ui.TextDisplay(f"-# {self._name(choice)}"), ui.ActionRow[Any](menu)]

    def _roles(self) -> _Items:
        """Return a menu of roles; deleted ones are listed in the line above only."""
        chosen, known = sorted(self._settings.roles), self._state.roles
        there = [discord.Object(role, type=discord.Role) for role in chosen if role in known]
        menu = ui.RoleSelect[Any](
            placeholder=self._value("roles", None),
            min_values=0,
            max_values=MAX_PICKED,
            default_values=there,
        )
        return self._picked("roles", chosen, menu)

    def _channels(self, choice: MenuSetting, value: Any, chosen: Sequence[int], *, most: int) -> _Items:
        """Return a menu of channels; deleted ones are listed in the line above only."""
        known, kind = self._state.channels, discord.abc.GuildChannel
        menu = ui.ChannelSelect[Any](
            placeholder=self._value(choice, None),
            min_values=0,
            max_values=most,
            channel_types=_DRAWN_IN if choice == "channels" else _WRITTEN_IN,
            default_values=[discord.Object(each, type=kind) for each in chosen if each in known],
        )
        return self._picked(choice, value, menu)

    def _picked(self, choice: MenuSetting, value: Any, menu: ui.Item[Any]) -> _Items:
        """Return a menu below its selection, with a button that clears it."""
        row = ui.ActionRow[Any](SettingsControl.menu(self._page, choice, menu, shows=value))
        if not value:
            return [ui.TextDisplay(f"-# {self._name(choice)}"), row]
        clear = SettingsControl.button(self._page, choice, NO_VALUE, self._say(f"clear.{_key(choice)}"))
        return [ui.Section(self._line(choice, value), accessory=clear), row]

    def _form(self, form: FormName, value: Any, *, small: str | None = None) -> ui.Item[Any]:
        """Return a value beside the button that opens its form."""
        button = SettingsControl.button(self._page, form, "form", self._say("panel.change"))
        return ui.Section(self._with_small(self._line(form, value), small), accessory=button)

    def _switch(self, choice: MenuSetting, *, on: bool, small: str | None = None) -> ui.Item[Any]:
        label = self._say("panel.turn-off" if on else "panel.turn-on")
        switch = SettingsControl.button(self._page, choice, "off" if on else "on", label)
        return ui.Section(self._with_small(self._line(choice, on), small), accessory=switch)

    def _replies_use(self) -> str:
        return self._say("panel.replies-use" if self._state.reads_replies else "panel.replies-use-pinged")

    def _with_small(self, line: str, small: str | None) -> str:
        return f"{line}\n-# {small}" if small else line

    def _labels(self, section: str, values: Sequence[str]) -> dict[str, str]:
        return {value: self._say(f"{section}.{value}") for value in values}

    def _day(self) -> str:
        now = datetime.fromtimestamp(self._state.now, load_time_zone(self._settings.time_zone))
        return self._say("panel.day", now=f"{now:%H:%M}")

    def _line(self, name: str, value: Any) -> str:
        return self._say("panel.setting", name=self._name(name), value=self._value(name, value))

    def _name(self, name: str) -> str:
        return self._say(f"settings.{_key(name)}")

    def _value(self, name: str, value: Any) -> str:
        return self._change_formatter.format_value(self._locale, name, value)

    def _say(self, key: str, **facts: Any) -> str:
        return self._texts(self._locale, key, **facts)


def _key(name: str) -> str:
    return name.replace("_", "-")
