"""What the bot says, in each person's language."""

from __future__ import annotations

import re
import string
import tomllib
from bisect import bisect_right
from collections.abc import Mapping
from datetime import timedelta
from functools import cache
from importlib import resources
from importlib.resources.abc import Traversable
from itertools import accumulate
from typing import Any, TypeAlias
from unicodedata import east_asian_width

from babel import Locale
from babel.dates import format_timedelta
from babel.numbers import format_decimal

DEFAULT = "en"
_CHINESE = {"zh": "zh-CN", "zh-HK": "zh-TW", "zh-MO": "zh-TW", "zh-Hant": "zh-TW"}
"""Who reads simplified characters is no wiser for traditional ones, and the other way round."""

Message = str | Mapping[str, str]
_Branch: TypeAlias = "str | Mapping[str, _Branch]"


class Texts:
    """Messages by language and key; a key is ``section.name``."""

    def __init__(self, languages: Mapping[str, Mapping[str, Message]]) -> None:
        self._languages = languages
        self._voices = {language: _Voice(Locale.parse(language, sep="-")) for language in languages}

    @classmethod
    @cache
    def load(cls) -> Texts:
        """Read every language in ``bot/locales``, once: a folder each, with a file for each topic."""
        folders = (folder for folder in resources.files("bot.locales").iterdir() if "_" not in folder.name)
        return cls({folder.name: _read(folder) for folder in folders if folder.is_dir()})

    @property
    def languages(self) -> Mapping[str, Mapping[str, Message]]:
        """The messages by language."""
        return self._languages

    def __call__(self, locale: str, key: str, /, *, count: int = 0, **facts: object) -> str:
        """Return the message in the closest language; ``count`` picks its plural.

        ``{count}`` and a number marked ``{like:n}`` are written the language's way; other facts as they are.
        """
        language = self.closest(locale)
        message, voice = self._languages[language][key], self._voices[language]
        if not isinstance(message, str):
            message = message.get(voice.plural(count), message["other"])
        if "{count}" in message:
            # Not where it isn't read, as it takes longer than all the rest.
            facts["count"] = voice.number(count)
        return voice.vformat(message, (), facts)

    def ago(self, locale: str, seconds: float) -> str:
        """Return how long ago something was, in the closest language."""
        return self._voices[self.closest(locale)].ago(seconds)

    def has(self, key: str) -> bool:
        """Whether there is such a message."""
        return key in self._languages[DEFAULT]

    def closest(self, locale: str) -> str:
        """Return the language that a person with this locale is answered in."""
        tag = locale
        while tag:
            language = _CHINESE.get(tag, tag)
            if language in self._languages:
                return language
            tag = tag.rpartition("-")[0]
        return DEFAULT


class _Voice(string.Formatter):
    """Fills messages in as one language writes numbers."""

    def __init__(self, locale: Locale) -> None:
        self._locale = locale

    def plural(self, count: int) -> str:
        """Return the name of the plural's form."""
        return self._locale.plural_form(count)

    def number(self, number: float) -> str:
        """Return a number with the language's signs between its digits."""
        return format_decimal(number, locale=self._locale)

    def ago(self, seconds: float) -> str:
        """Return how long ago something was."""
        return format_timedelta(timedelta(seconds=-seconds), add_direction=True, locale=self._locale)

    def format_field(self, value: Any, format_spec: str) -> str:
        return self.number(value) if format_spec == "n" else super().format_field(value, format_spec)


def shorten(text: str, limit: int) -> str:
    """Return a text in one line of at most ``limit`` characters."""
    line = " ".join(text.split())
    return line if len(line) <= limit else line[: limit - 1].rstrip() + "…"


def excerpt(text: str, room: int) -> str:
    """Return a text in one line that has the ``room`` of so many letters; Chinese takes twice that."""
    line = " ".join(text.split())
    ends = list(accumulate(2 if east_asian_width(character) in "WF" else 1 for character in line))
    if not ends or ends[-1] <= room:
        return line
    return line[: bisect_right(ends, room - 1)].rstrip() + "…"


def escape(text: str) -> str:
    """Make a person's text show as it was typed: no formatting, no link, no mention, no timestamp."""
    return re.sub(r"([\\*_~`|<>\[\]()#:-])", r"\\\1", text).replace("@", "@\u200b")


def _read(folder: Traversable) -> dict[str, Message]:
    messages: dict[str, Message] = {}
    for file in folder.iterdir():
        topic = _flatten(tomllib.loads(file.read_text(encoding="utf-8")))
        if twice := messages.keys() & topic.keys():
            raise ValueError(f"said twice in {folder.name}: {', '.join(sorted(twice))}")
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
