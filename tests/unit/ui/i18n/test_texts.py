"""Texts: language fallback, numbers, plurals, and escaping."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.ui.i18n.texts import Texts, escape, excerpt, shorten

TEXTS = Texts.load()


def test_a_locale_falls_back_to_its_language_and_then_to_english() -> None:
    assert TEXTS("en-GB", "button.cancel") == "Cancel"
    assert TEXTS("fr", "button.cancel") == "Cancel"


@pytest.mark.parametrize("locale", ["zh-TW", "zh-HK", "zh-MO", "zh-Hant", "zh-Hant-HK"])
def test_traditional_chinese_locales_use_traditional_characters(locale: str) -> None:
    assert TEXTS(locale, "button.delete") == "刪除"


@pytest.mark.parametrize("locale", ["zh-CN", "zh-SG", "zh", "zh-Hans"])
def test_simplified_chinese_locales_use_simplified_characters(locale: str) -> None:
    assert TEXTS(locale, "button.delete") == "删除"


@pytest.mark.parametrize(("language", "written"), [("en", "1,234"), ("zh-TW", "1,234")])
def test_numbers_are_formatted_for_the_language(language: str, written: str) -> None:
    message = "{count} of {most:n}, {id}"
    texts = Texts({"en": {"plain": message}, language: {"plain": message}})
    assert texts(language, "plain", count=1234, most=1234, id=1234) == f"{written} of {written}, 1234"


def test_plurals_follow_the_number() -> None:
    assert "1 request ahead" in TEXTS("en-US", "card.waiting", count=1, starts=0)
    assert "2 requests ahead" in TEXTS("en-US", "card.waiting", count=2, starts=0)


@given(st.text())
def test_escaped_text_contains_no_active_markup(text: str) -> None:
    escaped = escape(text)
    bare = escaped.replace("\u200b", "")
    for sign in "*_~`|<>[]()#:-":
        at = bare.find(sign)
        while at != -1:
            slashes = len(bare[:at]) - len(bare[:at].rstrip("\\"))
            assert slashes % 2 == 1
            at = bare.find(sign, at + 1)
    assert "@everyone" not in escaped and "@here" not in escaped
    assert escaped.count("@") == escaped.count("@\u200b")


@given(st.text())
def test_escaped_text_is_at_most_twice_as_long(text: str) -> None:
    # A card shows up to 1,500 characters of a prompt; Discord's limit is 4,000.
    assert len(escape(text)) <= 2 * len(text)


def test_a_chinese_excerpt_is_no_wider_than_an_english_one() -> None:
    assert excerpt("a fox\n in the snow", 18) == "a fox in the snow"
    assert excerpt("a fox in the snow", 10) == "a fox in…"
    assert excerpt("雪地里的狐狸", 12) == "雪地里的狐狸"
    assert excerpt("雪地里的狐狸", 11) == "雪地里的狐…"
    assert excerpt("", 5) == ""


@given(st.text(), st.integers(1, 50))
def test_shortened_text_is_one_line_within_the_limit(text: str, limit: int) -> None:
    short = shorten(text, limit)
    assert len(short) <= limit
    assert "\n" not in short
