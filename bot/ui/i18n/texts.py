"""The bot's texts in each language."""

from __future__ import annotations

import re
import string
import tomllib
from bisect import bisect_right
from collections.abc import Mapping
from functools import cache
from importlib import resources
from importlib.resources.abc import Traversable
from itertools import accumulate
from typing import Any, TypeAlias
from unicodedata import east_asian_width

from bot.ui.i18n.locale_format import LocaleFormat, largest_unit, locale_format

DEFAULT = "en"
_CHINESE = {"zh": "zh-CN", "zh-HK": "zh-TW", "zh-MO": "zh-TW", "zh-Hant": "zh-TW"}
"""Simplified and traditional Chinese don't fall back to each other."""

Message = str | Mapping[str, str]
_Branch: TypeAlias = "str | Mapping[str, _Branch]"


class Texts:
    """Messages by language and key; keys have the form ``section.name``."""

    def __init__(self, languages: Mapping[str, Mapping[str, Message]]) -> None:
        self._languages = languages
        self._formatters = {language: _LocaleFormatter(locale_format(language)) for language in languages}

    @classmethod
    @cache
    def load(cls) -> Texts:
        """Load all languages in ``bot/locales`` once: a folder for each, with a file for each topic."""
        folders = (folder for folder in resources.files("bot.locales").iterdir() if "_" not in folder.name)
        return cls({folder.name: _read(folder) for folder in folders if folder.is_dir()})

    @property
    def languages(self) -> Mapping[str, Mapping[str, Message]]:
        """The messages by language."""
        return self._languages

    def __call__(self, locale: str, key: str, /, *, count: int = 0, **facts: object) -> str:
        """Return the message in the closest language; ``count`` picks its plural.

        ``{count}`` and numbers marked ``{like:n}`` are formatted for the language, other facts as they are.
        """
        language = self.closest(locale)
        message, formatter = self._languages[language][key], self._formatters[language]
        if not isinstance(message, str):
            message = message.get(formatter.conventions.plural(count), message["other"])
        if "{" not in message and "}" not in message:
            return message
        if "{count}" in message:
            # Only where it is used, as number formatting takes longer than everything else.
            facts["count"] = formatter.conventions.number(count)
        return formatter.vformat(message, (), facts)

    def ago(self, locale: str, seconds: float) -> str:
        """Return a relative time such as "3 hours ago", in the closest language."""
        unit, count = largest_unit(seconds)
        return self(locale, f"ago.{unit}", count=count)

    def duration(self, locale: str, seconds: float) -> str:
        """Return a duration such as "2 minutes", in the closest language."""
        unit, count = largest_unit(seconds)
        return self(locale, f"duration.{unit}", count=count)

    def has(self, key: str) -> bool:
        """Whether there is such a message."""
        return key in self._languages[DEFAULT]

    def closest(self, locale: str) -> str:
        """Return the available language closest to a locale."""
        tag = locale
        while tag:
            language = _CHINESE.get(tag, tag)
            if language in self._languages:
                return language
            tag = tag.rpartition("-")[0]
        return DEFAULT


class _LocaleFormatter(string.Formatter):
    """Formats messages with one language's conventions."""

    def __init__(self, conventions: LocaleFormat) -> None:
        self.conventions = conventions

    def format_field(self, value: Any, format_spec: str) -> str:
        return (
            self.conventions.number(value) if format_spec == "n" else super().format_field(value, format_spec)
        )


def shorten(text: str, limit: int) -> str:
    """Return a text as one line of at most ``limit`` characters."""
    line = " ".join(text.split())
    return line if len(line) <= limit else line[: limit - 1].rstrip() + "…"


def excerpt(text: str, width: int) -> str:
    """Return a text as one line of at most ``width`` columns; Chinese characters take two."""
    line = " ".join(text.split())
    ends = list(accumulate(2 if east_asian_width(character) in "WF" else 1 for character in line))
    if not ends or ends[-1] <= width:
        return line
    return line[: bisect_right(ends, width - 1)].rstrip() + "…"


def escape(text: str) -> str:
    """Escape a text so that Discord shows it as typed: no formatting, links, mentions or timestamps."""
    return re.sub(r"([\\*_~`|<>\[\]()#:-])", r"\\\1", text).replace("@", "@\u200b")


def _read(folder: Traversable) -> dict[str, Message]:
    messages: dict[str, Message] = {}
    for file in folder.iterdir():
        topic = _flatten(tomllib.loads(file.read_text(encoding="utf-8")))
        if duplicates := messages.keys() & topic.keys():
            raise ValueError(f"duplicate keys in {folder.name}: {', '.join(sorted(duplicates))}")
        messages |= topic
    return messages


def _flatten(tree: Mapping[str, _Branch], prefix: str = "") -> dict[str, Message]:
    flat: dict[str, Message] = {}
    for name, branch in tree.items():
        key = f"{prefix}{name}"
        if isinstance(branch, str):
            flat[key] = branch
        elif "other" in branch:
            flat[key] = {form: text for form, text in branch.items() if isinstance(text, str)}
        else:
            flat |= _flatten(branch, f"{key}.")
    return flat
