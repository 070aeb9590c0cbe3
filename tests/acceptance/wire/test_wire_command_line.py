"""Messages to the operator when the bot can't start."""

from __future__ import annotations

import pytest

from tests.support.wire.setup import WireEnvironment

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def test_a_refused_token_is_explained_and_never_shown(started_environment: WireEnvironment) -> None:
    bot, token = started_environment.bot, "another-token-" + "Wv5" * 12
    bot.lines.clear()
    await bot.launch("run", DISCORD_TOKEN=token)
    assert await bot.wait_for_exit() == 78
    assert "Discord refused DISCORD_TOKEN" in bot.log
    assert "Traceback" not in bot.log
    assert "Wv5Wv5" not in bot.log


async def test_an_intent_that_is_not_granted_is_explained(started_environment: WireEnvironment) -> None:
    bot = started_environment.bot
    bot.lines.clear()
    await bot.launch("run", MESSAGE_CONTENT_INTENT="true")
    assert await bot.wait_for_exit() == 78
    assert "switch on Message Content Intent" in bot.log
    assert "MESSAGE_CONTENT_INTENT=false" in bot.log
    assert "Traceback" not in bot.log


@pytest.mark.parametrize(
    ("code", "says"),
    [
        (4010, "shards 0 of 1 (4010): make SHARD_IDS and SHARD_COUNT fit"),
        (4011, "take 1 shards for so many"),
    ],
)
async def test_shards_that_discord_refuses_are_explained(
    started_environment: WireEnvironment, monkeypatch: pytest.MonkeyPatch, code: int, says: str
) -> None:
    bot = started_environment.bot
    bot.lines.clear()
    monkeypatch.setattr(started_environment.discord.gateway, "refusing", code)
    await bot.launch("run", SHARD_COUNT="1")
    assert await bot.wait_for_exit() == 78
    assert says in bot.log and "SHARD_COUNT" in bot.log
    assert "Traceback" not in bot.log


async def test_an_exhausted_session_start_limit_names_its_reset(
    started_environment: WireEnvironment, monkeypatch: pytest.MonkeyPatch
) -> None:
    bot, gateway = started_environment.bot, started_environment.discord.gateway
    bot.lines.clear()
    monkeypatch.setattr(gateway, "remaining", 1)
    monkeypatch.setattr(gateway, "reset_after", 4_500_000)
    await bot.launch("run", SHARD_COUNT="2")
    assert await bot.wait_for_exit() == 75
    assert "allows 1 more session starts and 2 are needed" in bot.log
    assert "start it again in 1 h 15 min" in bot.log
    assert "Traceback" not in bot.log
