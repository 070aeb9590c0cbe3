"""Plurals, numbers, durations and cities are as the Unicode CLDR has them, which Babel reads."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import cast
from zoneinfo import available_timezones

import pytest
from babel import Locale
from babel.dates import format_timedelta
from babel.numbers import format_decimal
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.time_zones import parse_time_zone
from bot.ui.i18n.locale_format import LocaleFormat, locale_format
from bot.ui.i18n.texts import Texts

TEXTS = Texts.load()
LANGUAGES = sorted(TEXTS.languages)
LOCALES = {language: Locale.parse(language, sep="-") for language in LANGUAGES}


@pytest.mark.parametrize("language", LANGUAGES)
def test_plural_forms_are_those_of_the_language(language: str) -> None:
    conventions, locale = locale_format(language), LOCALES[language]
    assert conventions.forms == {*locale.plural_form.tags, "other"}
    for count in [*range(200), 1_000, 1_000_000, 10**9]:
        assert conventions.plural(count) == locale.plural_form(count)


NUMBERS = st.integers(-(10**12), 10**12) | st.floats(-1e9, 1e9).map(lambda number: round(number, 2))


@given(st.sampled_from(LANGUAGES), NUMBERS)
def test_numbers_have_the_separators_of_the_language(language: str, number: float) -> None:
    assert locale_format(language).number(number) == format_decimal(number, locale=LOCALES[language])


@given(st.sampled_from(LANGUAGES), st.integers(1, 10**9))
def test_durations_are_told_as_the_language_does(language: str, seconds: int) -> None:
    locale, duration = LOCALES[language], timedelta(seconds=seconds)
    assert TEXTS.duration(language, seconds) == format_timedelta(duration, locale=locale)
    assert TEXTS.ago(language, seconds) == format_timedelta(-duration, add_direction=True, locale=locale)


def test_other_separators_are_not_mixed_up() -> None:
    assert LocaleFormat(group=".", decimal=",").number(1234.5) == "1.234,5"


@pytest.mark.parametrize("code", ["zh", "zh_Hant"])
def test_every_city_with_a_chinese_name_is_found_by_it(code: str) -> None:
    zones = {name for name in available_timezones() if "/" in name and not name.startswith("Etc/")}
    details = cast("Mapping[str, Mapping[str, str]]", Locale.parse(code).time_zones)
    cities = [zone["city"] for name, zone in details.items() if name in zones and "city" in zone]
    assert len(cities) > 300
    assert [city for city in cities if parse_time_zone(city) is None] == []
