"""The rules: what may be asked for, and who may touch it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot import rules
from bot.errors import RuleBroken
from bot.models import Draft, ImageRequest


def draft(prompt: str = "a fox", count: int = 1, model: str | None = None) -> Draft:
    return Draft(kind="imagine", request=ImageRequest(prompt=prompt, model=model), count=count)


@pytest.mark.parametrize("good", [draft(), draft("x" * 2000), draft(count=4), draft(model="one")])
def test_what_is_within_the_rules_passes(good: Draft) -> None:
    rules.check(good, ("one", "two"))


@pytest.mark.parametrize(
    ("bad", "rule"),
    [
        (draft(" \n\t"), "prompt-empty"),
        (draft("x" * 2001), "prompt-too-long"),
        (draft(count=0), "count"),
        (draft(count=5), "count"),
        (draft(model="three"), "model"),
    ],
)
def test_what_is_not_names_its_rule(bad: Draft, rule: str) -> None:
    with pytest.raises(RuleBroken) as caught:
        rules.check(bad, ("one", "two"))
    assert caught.value.rule == rule


@pytest.mark.parametrize(
    ("prompt", "long"),
    [
        ("word " * 600, False),
        ("word " * 601, True),
        ("字" * 300, False),
        ("字" * 301, True),
        ("字" * 200 + " word" * 300, True),
        ("字" * 100 + " word" * 300, False),
    ],
)
def test_a_prompt_is_long_past_the_relays_advice(prompt: str, long: bool) -> None:
    assert rules.is_long(prompt) is long


@given(st.text())
def test_any_text_can_be_measured(prompt: str) -> None:
    assert rules.is_long(prompt) in (True, False)
