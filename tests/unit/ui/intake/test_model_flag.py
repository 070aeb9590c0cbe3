"""--model in messages."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.image_models.model_names import ModelNames
from bot.ui.intake.messages.prompt_syntax import parse_prompt
from tests.support.models import CATALOGUE
from tests.support.processor_time import is_quick

NAMES = ModelNames(CATALOGUE)


@pytest.mark.parametrize(
    ("text", "prompt", "model"),
    [
        ("--model nano-banana a fox", "a fox", "nano-banana"),
        ("a fox --model=nano", "a fox", "nano-banana"),
        ("a fox --model = NANO, in snow", "a fox, in snow", "nano-banana"),
        ("a fox --model Nano Banana 2 in snow", "a fox in snow", "nano-banana"),
        ("a fox --model “nano banana” in snow", "a fox in snow", "nano-banana"),
        ("a fox —model banana", "a fox", "nano-banana"),
        ("--model 即夢 4.5 一隻狐狸", "一隻狐狸", "seedream"),
        ("--model ｓｋｅｔｃｈ\na fox", "a fox", "sketch"),
        ("--model seedream 4 foxes", "4 foxes", "seedream"),
        ("--model nano a fox --model sketch", "a fox", "sketch"),
    ],
)
def test_a_model_is_found_by_its_id_or_label(text: str, prompt: str, model: str) -> None:
    parsed = parse_prompt(text, models=NAMES)
    assert (parsed.prompt, parsed.model, parsed.unknown_model) == (prompt, model, None)


@pytest.mark.parametrize(
    ("text", "unknown"),
    [("a fox --model dalle", "dalle"), ("--model s a fox", "s"), ("a fox --model", ""), ("--model=", "")],
)
def test_a_name_of_no_model_or_of_several_is_unknown(text: str, unknown: str) -> None:
    assert parse_prompt(text, models=NAMES).unknown_model == unknown


@pytest.mark.parametrize("text", ["a --models photo", "a model car", "pre--model car"])
def test_other_words_stay_in_the_prompt(text: str) -> None:
    parsed = parse_prompt(text, models=NAMES)
    assert (parsed.prompt, parsed.model, parsed.unknown_model) == (text, None, None)


def test_other_options_are_read_on_both_sides() -> None:
    parsed = parse_prompt("16:9 --model nano 4K a fox --n 2", models=NAMES)
    assert (parsed.ratio, parsed.size, parsed.count, parsed.model) == ("16:9", "4K", 2, "nano-banana")
    assert parsed.prompt == "a fox"


@given(
    st.lists(st.sampled_from(["--model", "nano", "“", '"', ",", "=", "a fox", "\n", "—model "])).map("".join)
)
def test_any_text_is_read(text: str) -> None:
    parsed = parse_prompt(text, models=NAMES)
    assert parsed.model in (None, *CATALOGUE.ids)


def test_many_flags_are_read_quickly() -> None:
    assert is_quick(lambda: parse_prompt("--model nano " * 300, models=NAMES), 2)
