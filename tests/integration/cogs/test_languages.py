"""Who is answered in which language."""

from __future__ import annotations

from dataclasses import replace

from tests.support.in_process.guild import Town, buttons_of, text_of


async def _choose(town: Town, language: str) -> None:
    await town.app.guilds.change(
        town.guild.id, town.moderator.id, lambda old: replace(old, language=language)
    )


async def test_a_card_is_in_its_askers_language(town: Town) -> None:
    town.speaks(town.alice, "zh-TW")
    await town.alice.slash(town.channel, "imagine", prompt="a lighthouse")
    assert "再來一張" in buttons_of(town.message)
    await town.bob.slash(town.channel, "imagine", prompt="a lighthouse")
    assert "Again" in buttons_of(town.message)


async def test_a_card_that_all_see_is_in_the_servers_language(town: Town) -> None:
    await _choose(town, "zh-CN")
    await town.bob.slash(town.channel, "imagine", prompt="a lighthouse")
    assert "再来一张" in buttons_of(town.message)
    assert "2048×2048 · " in town.card and "秒" in town.card


async def test_what_one_person_sees_alone_stays_in_their_own_language(town: Town) -> None:
    await _choose(town, "zh-CN")
    town.speaks(town.alice, "zh-TW")
    await town.alice.slash(town.channel, "imagine", prompt="a lighthouse")
    shown = await town.press(town.bob, "更多")
    assert "This picture's settings" in text_of(shown.response.message)
    shown = await town.alice.slash(town.channel, "usage")
    assert "你的圖片" in text_of(shown.response.message)


async def test_a_refusal_is_in_the_language_of_who_may_read_it(town: Town) -> None:
    await _choose(town, "zh-CN")
    town.speaks(town.alice, "zh-TW")
    public = await town.alice.slash(town.channel, "remix", url="http://127.0.0.1/", prompt="at night")
    assert "这不是公开的地址" in text_of(public.response.message)
    private = await town.alice.slash(town.channel, "imagine", prompt=" ")
    assert "請寫下畫面裡要有什麼" in text_of(private.response.message)


async def test_a_direct_message_is_in_the_persons_language(town: Town) -> None:
    user = town.env.create_user("carol")
    town.speaks(user, "zh-TW")
    shown = await user.slash("usage")
    assert "你的圖片" in text_of(shown.response.message)


async def test_a_message_is_answered_in_the_language_of_its_writers_own_discord(town: Town) -> None:
    await _choose(town, "zh-CN")
    town.speaks(town.alice, "zh-TW")
    await town.alice.slash(town.channel, "imagine", prompt="a lighthouse")
    assert "再来一张" in buttons_of(town.message)
    me = f"<@{town.bot.user.id if town.bot.user else 0}>"
    for _ in range(2):
        await town.alice.user.send_dm(f"{me} a fox")
        await town.until_answered()
        assert "再來一張" in buttons_of(town.alice.user.dm_channel.last_message)


async def test_a_wished_for_message_is_in_the_language_of_ones_own_discord(town: Town) -> None:
    await _choose(town, "zh-CN")
    town.speaks(town.alice, "zh-TW")
    await town.app.personal.choose(town.alice.id, lambda old: replace(old, tell_when_done=True))
    await town.alice.slash(town.channel, "imagine", prompt="a lighthouse")
    assert "你的圖畫好了" in text_of(town.alice.user.dm_channel.last_message)
