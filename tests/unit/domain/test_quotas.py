"""Daily quotas in the server's time zone."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.guild_settings import GuildSettings
from bot.domain.quotas import local_day, member_quota, usage_bar


def moment(text: str) -> float:
    return datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp()


@pytest.mark.parametrize(
    ("now", "zone", "since", "until"),
    [
        ("2026-11-25T15:59", "Asia/Shanghai", "2026-11-24T16:00", "2026-11-25T16:00"),
        ("2026-11-25T16:00", "Asia/Shanghai", "2026-11-25T16:00", "2026-11-26T16:00"),
        ("2026-03-29T12:00", "Europe/Berlin", "2026-03-28T23:00", "2026-03-29T22:00"),
        ("2026-10-25T12:00", "Europe/Berlin", "2026-10-24T22:00", "2026-10-25T23:00"),
        ("2026-11-25T00:00", "UTC", "2026-11-25T00:00", "2026-11-26T00:00"),
    ],
)
def test_a_day_follows_the_servers_time_zone_across_clock_changes(
    now: str, zone: str, since: str, until: str
) -> None:
    assert local_day(moment(now), zone) == (moment(since), moment(until))


@given(st.floats(0, 4e9), st.sampled_from(["UTC", "America/St_Johns", "Pacific/Apia", "Asia/Kathmandu"]))
def test_every_time_lies_within_its_day(now: float, zone: str) -> None:
    since, until = local_day(now, zone)
    assert since <= now < until


def test_roles_raise_the_quota_and_never_lower_it() -> None:
    settings = GuildSettings(daily=10, daily_by_role={7: 50, 8: 5})
    allowed = {
        roles: quota.allowed
        for roles in ((), (7,), (8,), (7, 8), (9,))
        if (quota := member_quota(settings, roles, moderator=False, now=0))
    }
    assert allowed == {(): 10, (7,): 50, (8,): 10, (7, 8): 50, (9,): 10}


def test_moderators_and_servers_without_a_quota_have_none() -> None:
    assert member_quota(GuildSettings(daily=1), (), moderator=True, now=0) is None
    assert member_quota(GuildSettings(), (), moderator=False, now=0) is None


def test_a_quota_of_zero_is_a_quota() -> None:
    quota = member_quota(GuildSettings(daily=0), (), moderator=False, now=0)
    assert quota is not None and quota.allowed == 0
    assert usage_bar(0, 0) == "▰" * 10


@given(st.integers(0, 500), st.integers(1, 400))
def test_a_usage_bar_is_full_only_when_the_quota_is_used_up(used: int, allowed: int) -> None:
    drawn = usage_bar(used, allowed)
    assert len(drawn) == 10
    assert ("▱" not in drawn) is (used >= allowed)
