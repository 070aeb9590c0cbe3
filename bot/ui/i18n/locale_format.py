"""Plurals, numbers and durations in each language, by the rules of the Unicode CLDR."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

UNITS = {
    "year": 365 * 86_400,
    "month": 30 * 86_400,
    "week": 7 * 86_400,
    "day": 86_400,
    "hour": 3_600,
    "minute": 60,
    "second": 1,
}
"""Seconds of each unit, longest first."""
_ALMOST = 0.85
"""Part of a unit from which on a duration is told in it: 51 minutes are an hour."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LocaleFormat:
    """One language's conventions: the separators of numbers, and the names and rule of its plural forms."""

    group: str = ","
    decimal: str = "."
    forms: frozenset[str] = frozenset({"one", "other"})
    plural: Callable[[int], str] = lambda count: "one" if count == 1 else "other"

    def number(self, number: float) -> str:
        """Return a number with at most three decimals and the language's separators."""
        text = f"{number:,}" if isinstance(number, int) else f"{number:,.3f}".rstrip("0").rstrip(".")
        return text.translate({ord(","): self.group, ord("."): self.decimal})


_ENGLISH = LocaleFormat()
_CHINESE = LocaleFormat(forms=frozenset({"other"}), plural=lambda _: "other")
_FORMATS: Mapping[str, LocaleFormat] = {"zh-CN": _CHINESE, "zh-TW": _CHINESE}


def locale_format(language: str) -> LocaleFormat:
    """Return the conventions of a language; those of English unless it has its own."""
    return _FORMATS.get(language, _ENGLISH)


def largest_unit(seconds: float) -> tuple[str, int]:
    """Return a duration in the largest unit that it fills or almost fills, rounded."""
    unit = next((unit for unit, length in UNITS.items() if seconds >= _ALMOST * length), "second")
    return unit, round(seconds / UNITS[unit])
