"""Interactions whose fields are missing, unknown or of a wrong type."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, cast

import discord
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.gateway.interaction_fields import check_interactions, checked, essentials

USER = {"id": "5", "username": "alice", "discriminator": "0", "avatar": None}
INTERACTION: dict[str, Any] = {
    "id": "1",
    "type": 2,
    "token": "token",
    "application_id": "9",
    "data": {"id": "1", "name": "help", "type": 1},
}


class State:
    """What discord.py needs of a connection to parse an interaction."""

    http = SimpleNamespace(_HTTPClient__session=None)

    def _get_client(self) -> None:
        return None

    def store_user(self, data: Any) -> discord.User:
        return discord.User(state=cast("Any", self), data=data)


ANY = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-3, 2**70),
    st.floats(),
    st.sampled_from(["", "x", "-1", "7", str(2**63), "9" * 50, "٣", "zh-CN", "tlh"]),
    st.builds(list[Any]),
    st.builds(dict[str, Any]),
    st.builds(lambda: [None]),
    st.builds(lambda: {"0": None, "x": "1"}),
)
FIELDS = (
    "locale",
    "guild_locale",
    "attachment_size_limit",
    "app_permissions",
    "authorizing_integration_owners",
    "context",
    "entitlements",
    "channel",
    "version",
)


def interaction(**fields: Any) -> discord.Interaction[Any]:
    data: Any = checked({**INTERACTION, "user": USER, **fields})
    return discord.Interaction(data=data, state=cast("Any", State()))


@given(st.dictionaries(st.sampled_from(FIELDS), ANY))
def test_fields_of_a_wrong_type_are_those_of_an_interaction_without_them(fields: dict[str, Any]) -> None:
    parsed = interaction(**fields)
    assert isinstance(str(parsed.locale), str)
    assert 0 < parsed.filesize_limit <= 2**30
    assert parsed.app_permissions.value >= 0
    assert parsed.user.id == 5


@given(st.dictionaries(st.sampled_from(FIELDS), ANY))
def test_a_checked_interaction_stays_as_it_is(fields: dict[str, Any]) -> None:
    once = checked({**INTERACTION, "user": USER, **fields})
    assert checked(once) == once


@pytest.mark.parametrize("locale", ["zh-CN", "tlh", "", "x" * 100])
def test_a_language_that_nobody_knows_is_kept(locale: str) -> None:
    assert str(interaction(locale=locale).locale) == locale


def test_a_language_of_a_wrong_type_is_the_default() -> None:
    wrong: list[Any] = [None, 7, [], True]
    for locale in wrong:
        assert str(interaction(locale=locale, guild_locale=locale).locale) == "en-US"


def test_an_ordinary_interaction_is_unchanged() -> None:
    member = {"user": USER, "roles": ["3", "4"], "permissions": "8"}
    ordinary: dict[str, Any] = {
        **INTERACTION,
        "member": member,
        "guild_id": "7",
        "guild": {"id": "7", "locale": "en-US", "features": []},
        "channel": {"id": "8", "type": 0},
        "channel_id": "8",
        "locale": "de",
        "guild_locale": "en-GB",
        "app_permissions": "2248473465835073",
        "authorizing_integration_owners": {"0": "7", "1": "5"},
        "attachment_size_limit": 524_288_000,
        "context": 0,
        "version": 1,
    }
    assert checked({**ordinary, "entitlements": []}) == ordinary


@pytest.mark.parametrize("roles", [None, "3", ["3", None, "x", str(2**64)]])
def test_roles_and_permissions_of_a_wrong_type_are_none(roles: Any) -> None:
    given = {"user": USER, "roles": roles, "permissions": -8}
    member = checked({**INTERACTION, "guild_id": "7", "member": given})["member"]
    assert set(member["roles"]) <= {"3"}
    assert member["permissions"] == "0"


@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"user": None},
        {"user": {"username": "alice"}},
        {"user": {"id": str(2**63)}},
        {"user": {"id": 5}},
        {"user": {"id": "-5"}},
        {"member": {"roles": []}},
        {"member": [], "user": {}},
        {"guild_id": "7", "user": USER},
        {"guild_id": None, "member": {"user": USER}},
    ],
)
def test_an_interaction_of_nobody_is_not_parsed(fields: dict[str, Any]) -> None:
    parsed: list[Any] = []
    with pytest.raises(ValueError, match="without a user"):
        check_interactions({"INTERACTION_CREATE": parsed.append})["INTERACTION_CREATE"](
            {**INTERACTION, **fields}
        )
    assert parsed == []


def test_whatever_an_interaction_with_a_token_holds_it_can_be_answered() -> None:
    broken: dict[str, Any] = {
        **INTERACTION,
        "user": USER,
        "message": 5,
        "channel": [],
        "locale": None,
        "member": "x",
    }
    known = essentials(broken)
    parsed = discord.Interaction[Any](data=known, state=cast("Any", State()))
    assert (parsed.id, parsed.token, parsed.user.id, str(parsed.locale)) == (1, "token", 5, "en-US")
    assert essentials({**broken, "user": 7})["user"]["id"] == "0"


@given(st.dictionaries(st.sampled_from(("id", "token", "application_id")), ANY, min_size=1) | ANY)
def test_an_interaction_without_a_token_is_not_answered(fields: Any) -> None:
    wrong: Any = {"token": None, **cast("dict[str, Any]", fields)} if isinstance(fields, dict) else fields
    assert essentials(wrong) is None
