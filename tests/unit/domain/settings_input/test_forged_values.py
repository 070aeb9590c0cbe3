"""Values that no menu of the bot offers are refused with words."""

from __future__ import annotations

from typing import Any

import pytest

from bot.domain.errors import RuleBroken
from bot.domain.guild_settings import GuildSettings, Preferences
from bot.domain.ids import parse_id, require_id
from bot.domain.models import Draft, ImageRequest, Style
from bot.domain.request_rules import check, normalize_style
from bot.domain.settings_input.guild_settings import MenuSetting, apply_menu_choice
from bot.domain.settings_input.preferences import PreferenceName, apply_preference
from bot.textfilter.normalize import is_blank

INVISIBLE = [
    "\u200b",
    "\u3164",
    "\x00",
    "\u2800",
    "\ufffc",
    "\u00ad\u2060 \ufe0f",
    "\U000e0041",
    "\u115f\n\u3000",
    "\x1b\x07",
    "\u17b4",
    "\u0301",
    "\U0001d159\U0001d173",
    "\U00016fe4",
    "\ufff9\ufffb",
    "_ _",
    "** **",
    "||\u200b||",
]


@pytest.mark.parametrize("prompt", INVISIBLE)
def test_a_prompt_of_invisible_characters_is_empty(prompt: str) -> None:
    with pytest.raises(RuleBroken) as refused:
        check(Draft(kind="imagine", request=ImageRequest(prompt=prompt)))
    assert refused.value.rule == "prompt-empty"
    with pytest.raises(RuleBroken):
        normalize_style(Style(name=prompt, text="ink"))


@pytest.mark.parametrize("prompt", ["a", "狐", "ก็", "e\u0301", "🦊", "?", "\u200ba", "👩\u200d🚀"])
def test_a_visible_prompt_is_accepted(prompt: str) -> None:
    assert not is_blank(prompt)
    check(Draft(kind="imagine", request=ImageRequest(prompt=prompt)))


@pytest.mark.parametrize("forged", [{"ratio": "99:1"}, {"size": "8K"}, {"ratio": ""}, {"size": "2k"}])
def test_a_request_with_a_ratio_or_size_that_is_not_offered_is_refused(forged: dict[str, Any]) -> None:
    with pytest.raises(RuleBroken) as refused:
        check(Draft(kind="imagine", request=ImageRequest(prompt="a fox", **forged)))
    assert refused.value.rule == "choice-gone"


@pytest.mark.parametrize(
    ("name", "value"), [("language", "99:1"), ("ratio", "99:1"), ("size", "8K"), ("style", "\x00")]
)
def test_a_preference_that_is_not_offered_is_refused(name: PreferenceName, value: str) -> None:
    with pytest.raises(RuleBroken):
        apply_preference(Preferences(), name, value, offered=("en", "Ink"))


def test_an_offered_preference_is_set_and_unset() -> None:
    chosen = apply_preference(Preferences(), "language", "en", offered=("en",))
    assert chosen == Preferences(language="en")
    assert apply_preference(chosen, "language", None, offered=()) == Preferences()


@pytest.mark.parametrize("text", ["9223372036854775808", "9" * 5000, "-1", "x", "", "١"])
def test_an_id_that_cannot_exist_is_refused(text: str) -> None:
    with pytest.raises(RuleBroken):
        parse_id(text)


def test_the_largest_id_is_accepted() -> None:
    assert parse_id("9223372036854775807") == require_id(2**63 - 1) == 2**63 - 1
    with pytest.raises(RuleBroken):
        require_id(2**63)


@pytest.mark.parametrize(
    ("setting", "value"),
    [("channels", "9" * 30), ("roles", "x"), ("audit_channel", "9" * 30), ("language", "99:1")],
)
def test_a_setting_that_is_not_offered_is_refused(setting: MenuSetting, value: str) -> None:
    with pytest.raises(RuleBroken):
        apply_menu_choice(GuildSettings(), setting, [value], languages=("en",), models=("m",))
