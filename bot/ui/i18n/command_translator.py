"""Translates the names and descriptions of the commands."""

from __future__ import annotations

from typing import Any

import discord
from discord import app_commands

from bot.ui.i18n.texts import DEFAULT, Texts

_TEXTS = Texts.load()
"""Read-only, and needed while the commands are declared."""


def localized(key: str, **facts: Any) -> app_commands.locale_str:
    """Return the English text of a message, with the key by which the translator finds the others."""
    return app_commands.locale_str(_TEXTS(DEFAULT, key, **facts), key=key, facts=facts)


class TextsTranslator(app_commands.Translator):
    """Gives Discord the translations of the strings that ``localized`` made."""

    async def translate(
        self,
        string: app_commands.locale_str,
        locale: discord.Locale,
        context: app_commands.TranslationContext[Any, Any],
    ) -> str | None:
        """Return the translation, or None where it is the English text."""
        key = string.extras.get("key")
        if key is None or _TEXTS.closest(locale.value) == DEFAULT:
            return None
        return _TEXTS(locale.value, key, **string.extras["facts"])
