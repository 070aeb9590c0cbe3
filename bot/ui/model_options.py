"""Models as choices of menus and options: each with its label, its line and what it costs of a quota."""

from __future__ import annotations

from collections.abc import Iterable

import discord
from discord import app_commands

from bot.domain.image_models.catalogue import Model, in_language
from bot.ui.i18n.command_translator import from_languages
from bot.ui.i18n.texts import Texts, shorten

_LIMIT = 100
"""Characters of a choice's name, and of an option's label and description."""


class ModelOptions:
    """Builds choices in the reader's language."""

    def __init__(self, texts: Texts) -> None:
        self._texts = texts

    def options(
        self, locale: str, models: Iterable[Model], chosen: Iterable[str] = ()
    ) -> list[discord.SelectOption]:
        """Return the options of a menu; those of ``chosen`` ids are selected."""
        language, selected = self._texts.closest(locale), set(chosen)
        return [
            discord.SelectOption(
                label=shorten(in_language(model.label, language), _LIMIT),
                value=model.id,
                description=shorten(self.line(locale, model), _LIMIT) or None,
                default=model.id in selected,
            )
            for model in models
        ]

    def choice(self, model: Model) -> app_commands.Choice[str]:
        """Return the choice of a command's option, in every language."""

        def name(language: str) -> str:
            line = self.line(language, model)
            label = in_language(model.label, language)
            return shorten(f"{label} · {line}" if line else label, _LIMIT)

        return app_commands.Choice(
            name=from_languages({language: name(language) for language in self._texts.languages}),
            value=model.id,
        )

    def line(self, locale: str, model: Model) -> str:
        """Return what a model costs of a quota, where that is more than usual, and what it is good at."""
        cost = self._texts(locale, "model.cost", count=model.weight) if model.weight > 1 else ""
        summary = in_language(model.summary, self._texts.closest(locale))
        return " · ".join(filter(None, (cost, summary)))
