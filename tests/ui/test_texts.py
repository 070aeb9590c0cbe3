"""Every language says everything, with the same facts, within Discord's limits."""

import re
import string
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.ui.texts import Message, Texts, escape, shorten

TEXTS = Texts.load()
LIMITS = {
    "about": 100,
    "button": 80,
    "command": 32,
    "hint": 100,
    "modal": 45,
    "option": 32,
    "ratio": 100,
    "size": 100,
}
HOUSE = Path(__file__).parents[2]


def placeholders(message: Message) -> set[str]:
    forms = [message] if isinstance(message, str) else list(message.values())
    return {name for form in forms for _, name, _, _ in string.Formatter().parse(form) if name}


@pytest.mark.parametrize("language", sorted(TEXTS.languages))
def test_a_language_has_every_message_with_the_same_placeholders(language: str) -> None:
    english, other = TEXTS.languages["en"], TEXTS.languages[language]
    assert other.keys() == english.keys()
    for key, message in english.items():
        assert placeholders(other[key]) == placeholders(message), key


def test_every_message_is_used() -> None:
    code = "\n".join(
        path.read_text("utf-8") for room in ("bot", "cogs") for path in (HOUSE / room).rglob("*.py")
    )
    code = code.replace("'", '"')
    families = (
        "error.",
        "rule.",
        "missing.",
        "ratio.",
        "size.",
        "button.",
        "modal.",
        "more.",
        "command.",
        "option.",
    )
    for key in TEXTS.languages["en"]:
        family = next((name for name in families if key.startswith(name)), None)
        used = f'"{key}"' in code or (family and f"{family}{{" in code) or f'"{key.split(".", 1)[1]}"' in code
        assert used, key


@pytest.mark.parametrize("language", sorted(TEXTS.languages))
def test_labels_stay_within_discords_limits(language: str) -> None:
    for key, message in TEXTS.languages[language].items():
        limit = LIMITS.get(key.split(".")[0], 500)
        assert all(
            len(form) <= limit for form in ([message] if isinstance(message, str) else message.values())
        ), key


@pytest.mark.parametrize("language", sorted(TEXTS.languages))
def test_names_of_commands_and_options_are_ones_that_discord_takes(language: str) -> None:
    for key, name in TEXTS.languages[language].items():
        if key.startswith(("command.", "option.")):
            assert isinstance(name, str)
            assert re.fullmatch(r"[-_'\w]+", name) and name == name.lower()


def test_a_locale_falls_back_to_its_language_and_then_to_english() -> None:
    assert TEXTS("en-GB", "button.cancel") == "Cancel"
    assert TEXTS("fr", "button.cancel") == "Cancel"


@pytest.mark.parametrize("locale", ["zh-TW", "zh-HK", "zh-MO", "zh-Hant", "zh-Hant-HK"])
def test_who_reads_traditional_characters_gets_them(locale: str) -> None:
    assert TEXTS(locale, "button.delete") == "刪除"


@pytest.mark.parametrize("locale", ["zh-CN", "zh-SG", "zh", "zh-Hans"])
def test_who_reads_simplified_characters_gets_them(locale: str) -> None:
    assert TEXTS(locale, "button.delete") == "删除"


@pytest.mark.parametrize(("language", "written"), [("en", "1,234"), ("de", "1.234"), ("zh-TW", "1,234")])
def test_numbers_are_written_the_languages_way(language: str, written: str) -> None:
    texts = Texts(
        {"en": {"plain": "{count} of {most:n}, {id}"}, language: {"plain": "{count} of {most:n}, {id}"}}
    )
    assert texts(language, "plain", count=1234, most=1234, id=1234) == f"{written} of {written}, 1234"


def test_plurals_follow_the_number() -> None:
    assert "1 request ahead" in TEXTS("en-US", "card.waiting", count=1, starts=0)
    assert "2 requests ahead" in TEXTS("en-US", "card.waiting", count=2, starts=0)


@given(st.text())
def test_escaped_text_holds_no_live_markup(text: str) -> None:
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
    # A card shows up to 1,500 characters of a prompt, and Discord takes 4,000 of text.
    assert len(escape(text)) <= 2 * len(text)


@given(st.text(), st.integers(1, 50))
def test_shortened_text_is_one_line_within_the_limit(text: str, limit: int) -> None:
    short = shorten(text, limit)
    assert len(short) <= limit
    assert "\n" not in short
