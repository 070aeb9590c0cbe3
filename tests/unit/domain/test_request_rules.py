"""The rules: what may be asked for, and who may touch it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain import request_rules
from bot.domain.errors import RuleBroken
from bot.domain.guild_settings import GuildSettings, Preferences
from bot.domain.models import Draft, ImageRequest, Requester, Style, StyleOwner

HERE, THERE, PARENT, ARTISTS, FRIENDS = 1, 2, 3, 4, 5


def draft(prompt: str = "a fox", count: int = 1, model: str | None = None) -> Draft:
    return Draft(kind="imagine", request=ImageRequest(prompt=prompt, model=model), count=count)


@pytest.mark.parametrize("good", [draft(), draft("x" * 2000), draft(count=4), draft(model="one")])
def test_what_is_within_the_rules_passes(good: Draft) -> None:
    request_rules.check(good, ("one", "two"))


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
        request_rules.check(bad, ("one", "two"))
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
    assert request_rules.is_long(prompt) is long


@given(st.text())
def test_any_text_can_be_measured(prompt: str) -> None:
    assert request_rules.is_long(prompt) in (True, False)


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
    assert request_rules.may_keep(owner, user, guild, manager=manager) is may


def test_a_style_is_kept_in_order() -> None:
    assert request_rules.tidy(Style(name=" Ink\nwash ", text="in \t ink\x00")) == Style(
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
        request_rules.tidy(style)
    assert caught.value.rule == rule


def requester(**what: Any) -> Requester:
    plain = Requester(
        user_id=9, channel_id=HERE, guild_id=8, locale="en-US", guild_locale=None, upload_limit=1
    )
    return replace(plain, **what)


def sized(size: Any, **what: Any) -> Draft:
    return Draft(kind="imagine", request=ImageRequest(prompt="a fox", size=size), **what)


ORDERLY = {"moderator": True}
STYLED = Draft(kind="imagine", request=ImageRequest(prompt="a fox"), style=Style(name="x", text="an ass"))
ALLOWED: list[tuple[dict[str, Any], dict[str, Any], Draft]] = [
    ({}, {}, sized("4K")),
    ({"channels": {HERE, THERE}}, {}, draft()),
    ({"channels": {PARENT}}, {"parent_id": PARENT}, draft()),
    ({"roles": {ARTISTS, FRIENDS}}, {"roles": {FRIENDS}}, draft()),
    ({"roles": {ARTISTS}}, ORDERLY, draft()),
    ({"largest": "2K"}, {}, sized("2K")),
    ({"largest": "1K"}, {}, sized("2K", unsaid={"size"})),
    ({"blocked_words": ("ass",)}, {}, draft("a class in essex")),
]
REFUSED: list[tuple[dict[str, Any], dict[str, Any], Draft, str]] = [
    ({"paused": True}, {}, draft(), "server-paused"),
    ({"paused": True}, ORDERLY, draft(), "server-paused"),
    ({"channels": {THERE}}, {}, draft(), "channel"),
    ({"channels": {THERE}}, {"parent_id": PARENT, **ORDERLY}, draft(), "channel"),
    ({"roles": {ARTISTS}}, {"roles": {FRIENDS}}, draft(), "role"),
    ({"roles": {ARTISTS}}, {}, draft(), "role"),
    ({"largest": "2K"}, ORDERLY, sized("4K"), "too-large"),
    ({"largest": "1K"}, {}, sized("2K"), "too-large"),
    ({"blocked_words": ("ass",)}, ORDERLY, draft("an ASS"), "blocked-words"),
    ({"blocked_words": ("ass",)}, {}, STYLED, "blocked-words"),
]


@pytest.mark.parametrize(("decided", "who", "asked"), ALLOWED)
def test_what_a_server_allows_passes(decided: dict[str, Any], who: dict[str, Any], asked: Draft) -> None:
    request_rules.permit(asked, requester(**who), GuildSettings(**decided))


@pytest.mark.parametrize(("decided", "who", "asked", "rule"), REFUSED)
def test_what_a_server_refuses_names_its_rule(
    decided: dict[str, Any], who: dict[str, Any], asked: Draft, rule: str
) -> None:
    with pytest.raises(RuleBroken) as caught:
        request_rules.permit(asked, requester(**who), GuildSettings(**decided))
    assert caught.value.rule == rule
    assert "ass" not in str(caught.value.facts)


def test_where_and_who_is_said_briefly() -> None:
    many = GuildSettings(channels=frozenset(range(10, 30)))
    with pytest.raises(RuleBroken) as caught:
        request_rules.permit(draft(), requester(), many)
    assert caught.value.facts["channels"] == "<#10> <#11> <#12> <#13> <#14> …"


def test_what_was_not_said_is_the_servers_choice() -> None:
    decided = GuildSettings(ratio="16:9", size="4K", largest="2K")
    left = Draft(kind="imagine", request=ImageRequest(prompt="a fox"), unsaid=frozenset({"ratio", "size"}))
    settled = request_rules.settle(left, decided, Preferences())
    assert (settled.request.ratio, settled.request.size) == ("16:9", "2K")
    assert settled.unsaid == frozenset()
    assert request_rules.settle(draft(), decided, Preferences()) == draft()
    prefers = request_rules.settle(left, decided, Preferences(ratio="3:2", size="1K")).request
    assert (prefers.ratio, prefers.size) == ("3:2", "1K")


@pytest.mark.parametrize(
    ("decided", "age_restricted", "hidden"),
    [(True, False, True), (True, True, False), (False, False, False), (False, True, False)],
)
def test_pictures_are_hidden_where_the_server_wants_it_but_among_adults(
    decided: bool, age_restricted: bool, hidden: bool
) -> None:
    where = requester(age_restricted=age_restricted)
    assert request_rules.is_hidden(where, GuildSettings(spoilers=decided)) is hidden
