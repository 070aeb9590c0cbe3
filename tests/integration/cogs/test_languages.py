"""The language of cards, private answers and direct messages."""

from __future__ import annotations

from dataclasses import replace

from tests.support.in_process.guild import SimulatedGuild
from tests.support.in_process.message_parts import buttons_of, text_of


async def _choose(sim: SimulatedGuild, language: str) -> None:
    await sim.app.stores.guilds.change(
        sim.guild.id, sim.moderator.id, lambda old: replace(old, language=language)
    )


async def test_a_card_is_in_the_requesters_language(sim: SimulatedGuild) -> None:
    sim.set_locale(sim.alice, "zh-TW")
    await sim.alice.slash(sim.channel, "imagine", prompt="a lighthouse")
    assert "再畫一次" in buttons_of(sim.message)
    await sim.bob.slash(sim.channel, "imagine", prompt="a lighthouse")
    assert "Again" in buttons_of(sim.message)


async def test_a_public_card_is_in_the_servers_language(sim: SimulatedGuild) -> None:
    await _choose(sim, "zh-CN")
    await sim.bob.slash(sim.channel, "imagine", prompt="a lighthouse")
    assert "再画一次" in buttons_of(sim.message)
    assert "2048×2048 · " in sim.card and "秒" in sim.card


async def test_private_answers_are_in_the_members_own_language(sim: SimulatedGuild) -> None:
    await _choose(sim, "zh-CN")
    sim.set_locale(sim.alice, "zh-TW")
    await sim.alice.slash(sim.channel, "imagine", prompt="a lighthouse")
    shown = await sim.press(sim.bob, "更多")
    assert "About this picture" in text_of(shown.response.message)
    shown = await sim.alice.slash(sim.channel, "usage")
    assert "你的圖片" in text_of(shown.response.message)


async def test_a_refusal_is_in_the_language_of_its_audience(sim: SimulatedGuild) -> None:
    await _choose(sim, "zh-CN")
    sim.set_locale(sim.alice, "zh-TW")
    public = await sim.alice.slash(sim.channel, "remix", url="http://127.0.0.1/", prompt="at night")
    assert "这个链接不是公开的" in text_of(public.response.message)
    private = await sim.alice.slash(sim.channel, "imagine", prompt=" ")
    assert "請描述畫面裡要有什麼" in text_of(private.response.message)


async def test_a_direct_message_is_in_the_members_language(sim: SimulatedGuild) -> None:
    user = sim.env.create_user("carol")
    sim.set_locale(user, "zh-TW")
    shown = await user.slash("usage")
    assert "你的圖片" in text_of(shown.response.message)


async def test_a_message_is_answered_in_the_last_known_language_of_its_author(sim: SimulatedGuild) -> None:
    await _choose(sim, "zh-CN")
    sim.set_locale(sim.alice, "zh-TW")
    await sim.alice.slash(sim.channel, "imagine", prompt="a lighthouse")
    assert "再画一次" in buttons_of(sim.message)
    bot_mention = f"<@{sim.bot.user.id if sim.bot.user else 0}>"
    for _ in range(2):
        await sim.alice.user.send_dm(f"{bot_mention} a fox")
        await sim.finish_jobs()
        assert "再畫一次" in buttons_of(sim.alice.user.dm_channel.last_message)


async def test_a_completion_notice_is_in_the_members_own_language(sim: SimulatedGuild) -> None:
    await _choose(sim, "zh-CN")
    sim.set_locale(sim.alice, "zh-TW")
    await sim.app.services.members.change_preferences(
        sim.alice.id, lambda old: replace(old, tell_when_done=True)
    )
    await sim.alice.slash(sim.channel, "imagine", prompt="a lighthouse")
    assert "你的圖畫好了" in text_of(sim.alice.user.dm_channel.last_message)
