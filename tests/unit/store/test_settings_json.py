"""Settings as JSON: round trips, and tolerance for anything stored."""

from __future__ import annotations

import json
from typing import Any, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.guild_settings import GuildSettings
from bot.domain.models import Ratio, Size
from bot.store.settings_json import changes, from_json, to_json

IDS = st.integers(1, 2**63 - 1)
NUMBERS = st.none() | st.integers(0, 10_000)
SETTINGS = st.builds(
    GuildSettings,
    ratio=st.sampled_from(get_args(Ratio)),
    size=st.sampled_from(get_args(Size)),
    largest=st.sampled_from(get_args(Size)),
    channels=st.frozensets(IDS),
    roles=st.frozensets(IDS),
    daily=NUMBERS,
    daily_by_role=st.dictionaries(IDS, st.integers(0, 10_000)),
    past_quota=st.sampled_from(["refuse", "relaxed"]),
    blocked_words=st.lists(st.text()).map(tuple),
    spoilers=st.booleans(),
    language=st.none() | st.sampled_from(["en", "zh-CN"]),
    time_zone=st.sampled_from(["UTC", "Asia/Shanghai"]),
    paused=st.booleans(),
    audit_channel=st.none() | IDS,
)
ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=5,
)
NAMES = st.sampled_from([*GuildSettings.__dataclass_fields__, "something_newer"])


@given(SETTINGS)
def test_settings_round_trip(settings: GuildSettings) -> None:
    assert from_json(GuildSettings, json.loads(json.dumps(to_json(settings)))) == settings


@given(SETTINGS, st.dictionaries(NAMES, ANYTHING))
def test_json_of_another_version_is_read_as_far_as_valid(
    settings: GuildSettings, odd: dict[str, Any]
) -> None:
    read = from_json(GuildSettings, {**to_json(settings), **odd})
    for name in GuildSettings.__dataclass_fields__.keys() - odd.keys():
        assert getattr(read, name) == getattr(settings, name)
    assert from_json(GuildSettings, to_json(read)) == read


def test_only_what_differs_from_the_defaults_is_written() -> None:
    assert to_json(GuildSettings()) == {}
    assert to_json(GuildSettings(size="1K", channels=frozenset({9, 3}))) == {"size": "1K", "channels": [3, 9]}


@pytest.mark.parametrize(
    ("odd", "holds"),
    [
        ({"size": "8K"}, GuildSettings()),
        ({"daily": True, "paused": 1}, GuildSettings()),
        ({"channels": ["3"], "roles": [4]}, GuildSettings(roles=frozenset({4}))),
        ({"daily_by_role": {"5": 10}}, GuildSettings(daily_by_role={5: 10})),
    ],
)
def test_an_invalid_value_leaves_the_default(odd: dict[str, Any], holds: GuildSettings) -> None:
    assert from_json(GuildSettings, odd) == holds


def test_changes_hold_old_and_new_values() -> None:
    old = GuildSettings(daily=10, blocked_words=("one",))
    new = GuildSettings(daily=None, blocked_words=("one", "two"), roles=frozenset({7}))
    assert changes(old, new) == {
        "daily": (10, None),
        "blocked_words": (["one"], ["one", "two"]),
        "roles": ([], [7]),
    }
