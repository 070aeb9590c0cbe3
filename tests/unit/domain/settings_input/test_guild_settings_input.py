"""Input of managers as changes of the settings."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.errors import RuleBroken
from bot.domain.guild_settings import GuildSettings
from bot.domain.settings_input import guild_settings
from bot.domain.settings_input.guild_settings import MenuSetting

DEFAULTS = GuildSettings()
LANGUAGES = ("en", "zh-TW")
MODELS = ("one", "two", "three")


@pytest.mark.parametrize(
    ("choice", "values", "changed"),
    [
        ("ratio", ["16:9"], {"ratio": "16:9"}),
        ("size", ["4K"], {"size": "4K"}),
        ("largest", ["1K"], {"largest": "1K"}),
        ("past_quota", ["relaxed"], {"past_quota": "relaxed"}),
        ("spoilers", ["on"], {"spoilers": True}),
        ("spoilers", ["off"], {"spoilers": False}),
        ("paused", ["on"], {"paused": True}),
        ("language", ["zh-TW"], {"language": "zh-TW"}),
        ("language", ["none"], {"language": None}),
        ("channels", ["3", "4"], {"channels": frozenset({3, 4})}),
        ("channels", [], {"channels": frozenset[int]()}),
        ("roles", [str(n) for n in range(30)], {"roles": frozenset(range(25))}),
        ("model", ["two"], {"model": "two"}),
        ("model", ["none"], {"model": None}),
        ("models", ["two", "one"], {"models": frozenset({"one", "two"})}),
        ("models", ["three", "two", "one"], {"models": frozenset[str]()}),
        ("audit_channel", ["5"], {"audit_channel": 5}),
        ("audit_channel", [], {"audit_channel": None}),
    ],
)
def test_a_menu_choice_changes_its_setting(
    choice: MenuSetting, values: list[str], changed: dict[str, Any]
) -> None:
    applied = guild_settings.apply_menu_choice(DEFAULTS, choice, values, languages=LANGUAGES, models=MODELS)
    assert applied == replace(DEFAULTS, **changed)


@pytest.mark.parametrize(
    ("choice", "value"),
    [
        ("ratio", "5:4"),
        ("size", "8K"),
        ("past_quota", "none"),
        ("model", "gone"),
        ("models", "gone"),
    ],
)
def test_values_no_longer_offered_are_refused(choice: MenuSetting, value: str) -> None:
    with pytest.raises(RuleBroken) as caught:
        guild_settings.apply_menu_choice(DEFAULTS, choice, [value], languages=LANGUAGES, models=MODELS)
    assert caught.value.rule == "choice-gone"


@pytest.mark.parametrize(
    ("text", "number"), [("", None), ("  ", None), ("0", 0), (" 20 ", 20), ("２０", 20), ("10000", 10_000)]
)
def test_a_daily_limit_is_a_number_or_empty(text: str, number: int | None) -> None:
    assert guild_settings.parse_daily_limit(text) == number


@given(st.text())
def test_any_text_is_parsed_or_refused(text: str) -> None:
    try:
        number = guild_settings.parse_daily_limit(text)
    except RuleBroken as error:
        assert error.rule == "not-a-number"
    else:
        assert number is None or 0 <= number <= guild_settings.MAX_DAILY


def test_a_role_limit_is_set_changed_and_removed() -> None:
    there = {1, 2}
    given_ = guild_settings.set_role_limit(replace(DEFAULTS, daily_by_role={1: 5, 9: 7}), 2, 20, there=there)
    assert given_.daily_by_role == {1: 5, 2: 20}
    assert guild_settings.set_role_limit(given_, 2, 30, there=there).daily_by_role == {1: 5, 2: 30}
    assert guild_settings.set_role_limit(given_, 2, None, there=there).daily_by_role == {1: 5}


def test_the_number_of_role_limits_is_bounded() -> None:
    full = replace(DEFAULTS, daily_by_role=dict.fromkeys(range(25), 1))
    assert guild_settings.set_role_limit(full, 3, 9, there=range(30)).daily_by_role[3] == 9
    with pytest.raises(RuleBroken) as caught:
        guild_settings.set_role_limit(full, 26, 9, there=range(30))
    assert caught.value.rule == "too-many-roles"


@pytest.mark.parametrize(
    ("now", "shown", "text", "words"),
    [
        ((), (), "one\ntwo, three", ("one", "two", "three")),
        (("one", "two"), ("one", "two"), "two", ("two",)),
        (("one", "two"), ("one",), "three", ("two", "three")),
        (("one", "two"), ("one",), "", ("two",)),
        (("one",), (), "ONE", ("one",)),
    ],
)
def test_words_are_merged_relative_to_the_shown_list(
    now: tuple[str, ...], shown: tuple[str, ...], text: str, words: tuple[str, ...]
) -> None:
    changed = guild_settings.update_blocked_words(replace(DEFAULTS, blocked_words=now), text, shown=shown)
    assert changed.blocked_words == words


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("x" * 61, "word-too-long"),
        ("\n".join(str(n) for n in range(501)), "too-many-words"),
        ("\n".join(f"{n:050}" for n in range(100)), "too-many-words"),
    ],
)
def test_a_word_list_is_bounded(text: str, rule: str) -> None:
    with pytest.raises(RuleBroken) as caught:
        guild_settings.update_blocked_words(DEFAULTS, text, shown=())
    assert caught.value.rule == rule


def test_roles_are_set_for_a_model_and_forgotten_with_it() -> None:
    old = replace(DEFAULTS, model_roles={"gone": frozenset({1}), "two": frozenset({2})})
    set_ = guild_settings.set_model_roles(old, "one", [3, 4], models=MODELS)
    assert set_.model_roles == {"two": frozenset({2}), "one": frozenset({3, 4})}
    assert guild_settings.set_model_roles(set_, "two", [], models=MODELS).model_roles == {
        "one": frozenset({3, 4})
    }
    with pytest.raises(RuleBroken):
        guild_settings.set_model_roles(old, "gone", [3], models=MODELS)
