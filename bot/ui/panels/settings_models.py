"""The page of the settings panel about models."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import discord
from discord import ui

from bot.domain.guild_settings import GuildSettings
from bot.domain.image_models.catalogue import Catalogue, Model
from bot.domain.image_models.model_choice import offered_models
from bot.domain.settings_input.guild_settings import NO_VALUE
from bot.ui.cards.model_names import ModelNames
from bot.ui.i18n.texts import Texts, escape
from bot.ui.model_options import ModelOptions
from bot.ui.modlog.settings_changes import SettingsChangeFormatter
from bot.ui.panels.settings_controls import PageName, SettingsAction, SettingsControl


class ModelsPage:
    """Builds the items for one reader: the allowed models, the usual one, and who may use which."""

    def __init__(self, texts: Texts, locale: str, page: PageName, models: Catalogue) -> None:
        self._texts = texts
        self._locale = locale
        self._page: PageName = page
        self._models = models
        self._names = ModelNames(texts, models)
        self._options = ModelOptions(texts)
        self._changes = SettingsChangeFormatter(texts, models)

    def items(self, settings: GuildSettings) -> list[ui.Item[Any]]:
        """Return the items of the page."""
        offered = offered_models(self._models, settings)
        allowed = ui.Select[Any](
            options=self._options.options(self._locale, self._models, [model.id for model in offered]),
            min_values=1,
            max_values=len(self._models.ids),
        )
        return [
            *self._row(self._heading("models"), "models", allowed, shows=settings.models),
            *self._row(
                self._usual(settings, offered),
                "model",
                self._usual_menu(settings, offered),
                shows=settings.model,
            ),
            *self._row(
                self._who(settings), "model_roles", self._roles_menu(offered), shows=settings.model_roles
            ),
        ]

    def _usual_menu(self, settings: GuildSettings, offered: Sequence[Model]) -> ui.Select[Any]:
        chosen = settings.model if settings.model in {model.id for model in offered} else NO_VALUE
        nothing = discord.SelectOption(
            label=self._say("nothing.model", model=self._names.label(self._locale, None)),
            value=NO_VALUE,
            default=chosen == NO_VALUE,
        )
        return ui.Select(options=[nothing, *self._options.options(self._locale, offered, [chosen])][:25])

    def _roles_menu(self, offered: Sequence[Model]) -> ui.Select[Any]:
        return ui.Select(
            placeholder=self._say("panel.model-hint"), options=self._options.options(self._locale, offered)
        )

    def _usual(self, settings: GuildSettings, offered: Sequence[Model]) -> str:
        """Return the heading of the usual model; one that can't be used any more is named."""
        heading = self._heading("model")
        if settings.model is None or settings.model in {model.id for model in offered}:
            return heading
        gone = escape(self._names.label(self._locale, settings.model))
        return f"{heading}\n-# {self._say('panel.model-gone', model=gone)}"

    def _who(self, settings: GuildSettings) -> str:
        value = self._changes.format_value(
            self._locale, "model_roles", {id_: sorted(roles) for id_, roles in settings.model_roles.items()}
        )
        return self._say("panel.setting", name=self._say("settings.model-roles"), value=value)

    def _heading(self, name: str) -> str:
        return f"-# {self._say(f'settings.{name}')}"

    def _row(
        self, heading: str, action: SettingsAction, menu: ui.Select[Any], *, shows: object
    ) -> list[ui.Item[Any]]:
        control = SettingsControl.menu(self._page, action, menu, shows=shows)
        return [ui.TextDisplay(heading), ui.ActionRow[Any](control)]

    def _say(self, key: str, **facts: Any) -> str:
        return self._texts(self._locale, key, **facts)
