"""The rules: which requests are allowed, and who may manage them."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.config.catalogue import load, parse
from bot.domain import request_rules
from bot.domain.errors import RuleBroken
from bot.domain.guild_settings import GuildSettings, Preferences
from bot.domain.models import Draft, ImageRequest, Requester, Style, StyleOwner

MODELS = load(None, ("one", "two"))
HERE, THERE, PARENT, ARTISTS, FRIENDS = 1, 2, 3, 4, 5


def draft(prompt: str = "a fox", count: int = 1, model: str | None = None) -> Draft:
    return Draft(kind="imagine", request=ImageRequest(prompt=prompt, model=model), count=count)


@pytest.mark.parametrize("good", [draft(), draft("x" * 2000), draft(count=4), draft(model="one")])
def test_valid_requests_pass(good: Draft) -> None:
    request_rules.check(good)


@pytest.mark.parametrize(
    ("bad", "rule"),
    [
        (draft(" \n\t"), "prompt-empty"),
        (draft("x" * 2001), "prompt-too-long"),
        (draft(count=0), "count"),
        (draft(count=5), "count"),
    ],
)
def test_invalid_requests_name_the_broken_rule(bad: Draft, rule: str) -> None:
    with pytest.raises(RuleBroken) as caught:
        request_rules.check(bad)
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
def test_a_prompt_beyond_the_relays_advice_is_long(prompt: str, long: bool) -> None:
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
        # The server's id can be a member's id, too.
        (MY_SERVER, 9, 9, False, False),
        (StyleOwner(kind="member", id=9), 1, 9, True, False),
    ],
)
def test_styles_are_changed_by_their_owner_only(
    owner: StyleOwner, user: int, guild: int | None, manager: bool, may: bool
) -> None:
    assert request_rules.may_edit_styles(owner, user, guild, manager=manager) is may


def test_a_style_is_normalized() -> None:
    assert request_rules.normalize_style(Style(name=" Ink\nwash ", text="in \t ink\x00")) == Style(
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
        request_rules.normalize_style(style)
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
    ({"largest": "1K"}, {}, sized("2K", defaulted={"size"})),
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
def test_requests_within_the_server_settings_pass(
    decided: dict[str, Any], who: dict[str, Any], asked: Draft
) -> None:
    request_rules.check_guild_rules(asked, requester(**who), GuildSettings(**decided))


@pytest.mark.parametrize(("decided", "who", "asked", "rule"), REFUSED)
def test_requests_against_the_server_settings_name_the_rule(
    decided: dict[str, Any], who: dict[str, Any], asked: Draft, rule: str
) -> None:
    with pytest.raises(RuleBroken) as caught:
        request_rules.check_guild_rules(asked, requester(**who), GuildSettings(**decided))
    assert caught.value.rule == rule
    assert "ass" not in str(caught.value.facts)


def test_long_lists_of_channels_are_shortened() -> None:
    many = GuildSettings(channels=frozenset(range(10, 30)))
    with pytest.raises(RuleBroken) as caught:
        request_rules.check_guild_rules(draft(), requester(), many)
    assert caught.value.facts["channels"] == "<#10> <#11> <#12> <#13> <#14> …"


def test_defaulted_fields_are_resolved_from_preferences_and_settings() -> None:
    decided = GuildSettings(ratio="16:9", size="4K", largest="2K")
    left = Draft(kind="imagine", request=ImageRequest(prompt="a fox"), defaulted=frozenset({"ratio", "size"}))
    resolved = request_rules.resolve(left, decided, Preferences())
    assert (resolved.request.ratio, resolved.request.size) == ("16:9", "2K")
    assert resolved.defaulted == frozenset()
    assert request_rules.resolve(draft(), decided, Preferences()) == draft()
    prefers = request_rules.resolve(left, decided, Preferences(ratio="3:2", size="1K")).request
    assert (prefers.ratio, prefers.size) == ("3:2", "1K")


@pytest.mark.parametrize(
    ("decided", "age_restricted", "hidden"),
    [(True, False, True), (True, True, False), (False, False, False), (False, True, False)],
)
def test_spoilers_apply_outside_age_restricted_channels(
    decided: bool, age_restricted: bool, hidden: bool
) -> None:
    where = requester(age_restricted=age_restricted)
    assert request_rules.shows_spoilers(where, GuildSettings(spoilers=decided)) is hidden


ONE_SHAPE = """
[models.square]
provider = "openai-images"
references = 0
pixels = { "1K" = { "1:1" = "1024x1024" } }
"""


def test_a_model_draws_the_nearest_of_what_it_has() -> None:
    asked = Draft(kind="imagine", request=ImageRequest(prompt="a fox", ratio="16:9", size="4K"))
    drawn = request_rules.fit_to_model(asked, parse(ONE_SHAPE), "4K").request
    assert (drawn.ratio, drawn.size) == ("1:1", "1K")
    assert request_rules.fit_to_model(asked, MODELS, "4K") == asked
