"""Translates the names and descriptions of the commands."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import discord
from discord import app_commands

from bot.ui.i18n.texts import DEFAULT, Texts

_TEXTS = Texts.load()
"""Read-only, and needed while the commands are declared."""
_CLOSEST = {locale: _TEXTS.closest(locale.value) for locale in discord.Locale}
"""The language of each of Discord's locales: the commands are translated into all of them."""


def localized(key: str, **facts: Any) -> app_commands.locale_str:
    """Return the English text of a message, with the key by which the translator finds the others."""
    return app_commands.locale_str(_TEXTS(DEFAULT, key, **facts), key=key, facts=facts)


def from_languages(texts: Mapping[str, str]) -> app_commands.locale_str:
    """Return an English text that comes with its translations, such as a model's label."""
    return app_commands.locale_str(texts["en"], languages=texts)


class TextsTranslator(app_commands.Translator):
    """Gives Discord the translations of the strings that ``localized`` made."""

    async def translate(
        self,
        string: app_commands.locale_str,
        locale: discord.Locale,
        context: app_commands.TranslationContext[Any, Any],
    ) -> str | None:
        """Return the translation, or None where it is the English text."""
        closest = _CLOSEST[locale]
        if closest == DEFAULT:
            return None
        if (languages := string.extras.get("languages")) is not None:
            return languages.get(closest)
        key = string.extras.get("key")
        if key is None:
            return None
        return _TEXTS(locale.value, key, **string.extras["facts"])
