"""Which messages are taken for requests where no mention is needed."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.ui.intake.messages.small_talk import is_small_talk, is_too_short
from tests.support.property_testing import examples


@pytest.mark.parametrize(
    "text",
    [
        "",
        "👍👍",
        "...",
        "Hi!",
        "hello there",
        "Thanks, that looks great!",
        "ＯＫ",
        "谢谢！",
        "謝謝你",
        "哈哈哈",
        "what's up?"[:6],
    ],
)
def test_small_talk_is_recognised(text: str) -> None:
    assert is_small_talk(text) and is_too_short(text)


@pytest.mark.parametrize("text", ["fox", "lighthouse", "灯塔", "狐"])
def test_a_single_short_word_is_no_small_talk_but_too_short(text: str) -> None:
    assert not is_small_talk(text) and is_too_short(text)


@pytest.mark.parametrize(
    "text",
    [
        "a fox",
        "red fox in snow",
        "暴风雨中的灯塔",
        "make it winter",
        "hello kitty in space",
        "good morning poster, pastel",
    ],
)
def test_a_description_is_a_request(text: str) -> None:
    assert not is_small_talk(text) and not is_too_short(text)


@examples(1)
@given(st.text(max_size=2000))
def test_any_text_is_told_apart(text: str) -> None:
    assert is_too_short(text) or not is_small_talk(text)


@pytest.mark.parametrize("text", ["hello " * 60, "." * 400, "a" * 400])
def test_a_long_text_is_a_request(text: str) -> None:
    assert not is_small_talk(text) and not is_too_short(text)
