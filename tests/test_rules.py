"""The rules: what may be asked for, and who may touch it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot import rules
from bot.errors import RuleBroken
from bot.models import Draft, ImageRequest, Style, StyleOwner


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


ALICE, MY_SERVER = StyleOwner(kind="member", id=1), StyleOwner(kind="guild", id=9)


@pytest.mark.parametrize(
    ("owner", "user", "guild", "manager", "may"),
    [
        (ALICE, 1, 9, False, True),
        (ALICE, 1, None, False, True),
        (ALICE, 2, 9, False, False),
        (ALICE, 2, 9, True, False),
        (MY_SERVER, 1, 9, True, True),
        (MY_SERVER, 1, 9, False, False),
        (MY_SERVER, 1, 8, True, False),
        (MY_SERVER, 9, None, True, False),
        # A server's number may be a member's too.
        (MY_SERVER, 9, 9, False, False),
        (StyleOwner(kind="member", id=9), 1, 9, True, False),
    ],
)
def test_styles_are_changed_by_whose_they_are(
    owner: StyleOwner, user: int, guild: int | None, manager: bool, may: bool
) -> None:
    assert rules.may_keep(owner, user, guild, manager=manager) is may


def test_a_style_is_kept_in_order() -> None:
    assert rules.tidy(Style(name=" Ink\nwash ", text="in \t ink\x00")) == Style(
        name="Ink wash", text="in ink"
    )


@pytest.mark.parametrize(
    ("style", "rule"),
    [
        (Style(name="  ", text="x"), "style-name"),
        (Style(name="-", text="x"), "style-name"),
        (Style(name="n" * 33, text="x"), "style-name"),
        (Style(name="Ink", text=""), "style-text"),
        (Style(name="Ink", text="x" * 401), "style-text"),
    ],
)
def test_a_style_needs_a_name_and_a_text(style: Style, rule: str) -> None:
    with pytest.raises(RuleBroken) as caught:
        rules.tidy(style)
    assert caught.value.rule == rule
