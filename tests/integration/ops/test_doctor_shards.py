"""The doctor's check of shards and session starts."""

from __future__ import annotations

import pytest

from bot.ops.check_result import CheckResult
from tests.support.doctor import ALL, Discord, results


async def shards(discord: Discord, **environment: str) -> CheckResult:
    return (await results(discord, **environment))["Shards"]


def recommending(shards: int, *, servers: int = 2, left: int = 1000, refilled: float = 0) -> Discord:
    """Return a Discord with a recommendation, and ``left`` session starts until a reset in ``refilled`` s."""
    discord = Discord({"approximate_guild_count": servers}, ("Town", ALL))
    discord.recommended = shards
    discord.starts |= {"remaining": left, "reset_after": int(refilled * 1000)}
    return discord


async def test_the_recommended_shard_count_is_fine() -> None:
    for count in ("auto", "3"):
        found = await shards(recommending(3), SHARD_COUNT=count)
        assert found.message == "3, as Discord recommends; 1000 of 1000 session starts are left"
        assert found.ok and not found.remedy


async def test_fewer_shards_than_recommended_are_accepted_with_a_hint() -> None:
    found = await shards(recommending(3), SHARD_COUNT="2")
    assert found.ok
    assert found.message.startswith("SHARD_COUNT is 2 where Discord recommends 3;")
    assert "SHARD_COUNT=auto" in found.remedy


async def test_more_shards_than_recommended_are_fine() -> None:
    found = await shards(recommending(3), SHARD_COUNT="8")
    assert "SHARD_COUNT is 8 where Discord recommends 3" in found.message
    assert found.ok and not found.remedy


@pytest.mark.parametrize(
    ("servers", "count", "ok"),
    [(2499, "1", True), (2500, "1", False), (2500, "2", True), (9999, "auto", True)],
)
async def test_too_few_shards_for_the_servers_are_reported(servers: int, count: str, ok: bool) -> None:
    found = await shards(recommending(servers // 1000, servers=servers), SHARD_COUNT=count)
    assert found.ok == ok
    assert ok or "SHARD_COUNT" in found.remedy


@pytest.mark.parametrize(
    ("seconds", "message"),
    [(0.2, "1 s"), (59, "59 s"), (61, "2 min"), (3600, "1 h 0 min"), (86390, "24 h 0 min")],
)
async def test_remaining_session_starts_and_their_reset_are_reported(seconds: float, message: str) -> None:
    found = await shards(recommending(1, left=12, refilled=seconds))
    assert (
        found.message
        == f"1, as Discord recommends; 12 of 1000 session starts are left, refilled in {message}"
    )
    assert found.ok


@pytest.mark.parametrize(
    ("left", "settings", "ok"),
    [
        (0, {}, False),
        (1, {}, True),
        (3, {"SHARD_COUNT": "4"}, False),
        (4, {"SHARD_COUNT": "4"}, True),
        (2, {"SHARD_COUNT": "4", "SHARD_IDS": "0-1"}, True),
        (1, {"SHARD_COUNT": "4", "SHARD_IDS": "0-1"}, False),
    ],
)
async def test_too_few_session_starts_are_reported(left: int, settings: dict[str, str], ok: bool) -> None:
    shared = {"DATABASE_URL": "postgresql://bot@db/jimeng"} if "SHARD_IDS" in settings else {}
    found = await shards(recommending(1, left=left, refilled=3600), **settings, **shared)
    assert found.ok == ok
    if not ok:
        assert "a start would be refused" in found.message
        assert "again in 1 h 0 min" in found.remedy
