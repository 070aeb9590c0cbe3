"""What the doctor says of shards: as many as Discord recommends, and sessions left to begin them."""

from __future__ import annotations

import pytest

from bot.ops.doctor import Finding
from tests.integration.ops.test_doctor import ALL, Discord, findings


async def shards(discord: Discord, **environment: str) -> Finding:
    return (await findings(discord, **environment))["Shards"]


def recommending(shards: int, *, servers: int = 2, left: int = 1000, refilled: float = 0) -> Discord:
    """A Discord that recommends so many shards, and lets as many begin as are left for a while in seconds."""
    discord = Discord({"approximate_guild_count": servers}, ("Town", ALL))
    discord.recommended = shards
    discord.starts |= {"remaining": left, "reset_after": int(refilled * 1000)}
    return discord


async def test_as_many_as_recommended_are_good() -> None:
    for count in ("auto", "3"):
        found = await shards(recommending(3), SHARD_COUNT=count)
        assert found.says == "3, as Discord recommends; 1000 of 1000 session starts are left"
        assert found.good and not found.mend


async def test_fewer_than_recommended_work_but_the_number_is_told() -> None:
    found = await shards(recommending(3), SHARD_COUNT="2")
    assert found.good
    assert found.says.startswith("SHARD_COUNT is 2 where Discord recommends 3;")
    assert "SHARD_COUNT=auto" in found.mend


async def test_more_than_recommended_are_no_fault() -> None:
    found = await shards(recommending(3), SHARD_COUNT="8")
    assert "SHARD_COUNT is 8 where Discord recommends 3" in found.says
    assert found.good and not found.mend


@pytest.mark.parametrize(
    ("servers", "count", "good"),
    [(2499, "1", True), (2500, "1", False), (2500, "2", True), (9999, "auto", True)],
)
async def test_too_few_for_discord_to_take_are_found(servers: int, count: str, good: bool) -> None:
    found = await shards(recommending(servers // 1000, servers=servers), SHARD_COUNT=count)
    assert found.good == good
    assert good or "SHARD_COUNT" in found.mend


@pytest.mark.parametrize(
    ("seconds", "says"),
    [(0.2, "1 s"), (59, "59 s"), (61, "2 min"), (3600, "1 h 0 min"), (86390, "24 h 0 min")],
)
async def test_it_says_how_many_sessions_are_left_and_when_there_are_more(seconds: float, says: str) -> None:
    found = await shards(recommending(1, left=12, refilled=seconds))
    assert found.says == f"1, as Discord recommends; 12 of 1000 session starts are left, refilled in {says}"
    assert found.good


@pytest.mark.parametrize(
    ("left", "settings", "good"),
    [
        (0, {}, False),
        (1, {}, True),
        (3, {"SHARD_COUNT": "4"}, False),
        (4, {"SHARD_COUNT": "4"}, True),
        (2, {"SHARD_COUNT": "4", "SHARD_IDS": "0-1"}, True),
        (1, {"SHARD_COUNT": "4", "SHARD_IDS": "0-1"}, False),
    ],
)
async def test_a_start_that_needs_more_sessions_than_are_left_is_warned_of(
    left: int, settings: dict[str, str], good: bool
) -> None:
    shared = {"DATABASE_URL": "postgresql://bot@db/jimeng"} if "SHARD_IDS" in settings else {}
    found = await shards(recommending(1, left=left, refilled=3600), **settings, **shared)
    assert found.good == good
    if not good:
        assert "a start would be refused" in found.says
        assert "again in 1 h 0 min" in found.mend
