"""What an operator reads when the bot can't start."""

from __future__ import annotations

import pytest

from tests.support.wire.setup import World

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def test_without_a_token_two_sentences_name_the_demo(whole_world: World) -> None:
    bot = whole_world.bot
    await bot.launch("run", DISCORD_TOKEN="")
    assert await bot.ended() == 1
    said = " ".join(bot.lines)
    assert said.endswith("make demo")
    assert said.startswith("There is no DISCORD_TOKEN yet")
    assert said.count(". ") == 1
    assert whole_world.discord.desk.calls == []


async def test_a_refused_token_is_said_in_words_and_never_shown(whole_world: World) -> None:
    bot, token = whole_world.bot, "another-token-" + "Wv5" * 12
    bot.lines.clear()
    await bot.launch("run", DISCORD_TOKEN=token)
    assert await bot.ended() == 1
    assert "Discord refused DISCORD_TOKEN" in bot.log
    assert "Traceback" not in bot.log
    assert "Wv5Wv5" not in bot.log


async def test_an_intent_that_is_not_granted_is_explained(whole_world: World) -> None:
    bot = whole_world.bot
    bot.lines.clear()
    await bot.launch("run", MESSAGE_CONTENT_INTENT="true")
    assert await bot.ended() == 1
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
    whole_world: World, monkeypatch: pytest.MonkeyPatch, code: int, says: str
) -> None:
    bot = whole_world.bot
    bot.lines.clear()
    monkeypatch.setattr(whole_world.discord.gateway, "refusing", code)
    await bot.launch("run", SHARD_COUNT="1")
    assert await bot.ended() == 1
    assert says in bot.log and "SHARD_COUNT" in bot.log
    assert "Traceback" not in bot.log


async def test_a_start_that_discord_has_no_session_for_says_when_it_has(
    whole_world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    bot, gateway = whole_world.bot, whole_world.discord.gateway
    bot.lines.clear()
    monkeypatch.setattr(gateway, "remaining", 1)
    monkeypatch.setattr(gateway, "reset_after", 4_500_000)
    await bot.launch("run", SHARD_COUNT="2")
    assert await bot.ended() == 1
    assert "lets 1 more shards of this bot begin, and 2 are to" in bot.log
    assert "start it again in 1 h 15 min" in bot.log
    assert "Traceback" not in bot.log
