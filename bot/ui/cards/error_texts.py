"""What members read about errors and about jobs without pictures."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from bot.domain.errors import REFERENCE, BotError
from bot.ui.i18n.texts import Texts, escape


class ErrorTexts:
    """Explains errors in a language."""

    def __init__(self, texts: Texts) -> None:
        self._texts = texts

    def of(self, locale: str, error: BotError) -> str:
        """Return the error's message in a language."""
        facts: dict[str, Any] = error.facts
        if error.key == "rule-broken":
            facts = {fact: self._readable(locale, fact, value) for fact, value in facts.items()}
            words = self._numbered(locale, self._texts(locale, f"rule.{facts['rule']}", **facts), facts)
            if "because" in facts:
                return f"{words}\n{self._texts(locale, 'cancelled.reason', why=facts['because'])}"
            if facts.get("weight", 1) == 1:
                return words
            return f"{words}\n{self._texts(locale, 'quota.weight', weight=facts['weight'])}"
        return self.problem(locale, error.key, facts)

    def problem(self, locale: str, problem: str, facts: dict[str, Any]) -> str:
        """Return the message of an error's key; the reason among its facts chooses a more exact one."""
        detail = facts.get("reason") or facts.get("problem")
        for key in (f"error.{problem}-{detail}", f"error.{problem}", "error.unexpected"):
            if self._texts.has(key):
                return self._numbered(locale, self._texts(locale, key, **facts), facts)
        raise KeyError(problem)

    def _numbered(self, locale: str, text: str, facts: Mapping[str, Any]) -> str:
        """Begin a message with the picture that it is about, where several were given."""
        if (number := facts.get(REFERENCE)) is not None:
            return self._texts(locale, "error.of-reference", number=number, text=text)
        if (given := facts.get("references", 0)) > 1:
            return self._texts(locale, "error.one-of-references", count=given, text=text)
        return text

    def _readable(self, locale: str, fact: str, value: str | int | float) -> str | int | float:
        """Format a rule's fact: escape user input, name permissions as Discord does."""
        match fact, value:
            case "name" | "flags" | "why" | "because" | "model" | "models", str():
                return escape(value)
            case "permissions", str():
                names = (self._texts(locale, f"permission.{name}") for name in value.split())
                return " · ".join(f"**{name}**" for name in names)
            case _:
                return value
