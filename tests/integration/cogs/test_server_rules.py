"""What a server's managers decide holds: from the panel through the change to the rule."""

from __future__ import annotations

from typing import Any

import discord

from tests.support.in_process.guild import Town, buttons_of, gallery_of, text_of
from tests.support.in_process.settings_manager import Manager


async def imagine(town: Town, person: Any = None, channel: Any = None, **options: Any) -> Any:
    options = {"prompt": "a fox", "size": "1K", **options}
    return await (person or town.alice).slash(channel or town.channel, "imagine", **options)


async def refused(town: Town, says: str, **options: Any) -> None:
    result = await imagine(town, **options)
    assert result.ephemeral and says in text_of(result.response.message).replace("*", "")
    assert not town.asked


async def test_a_default_is_changed_shown_noted_and_holds(town: Town, manager: Manager) -> None:
    await manager.open()
    await manager.pick("pictures:ratio", "16:9")
    await manager.pick("pictures:size", "1K")
    assert [option.value for option in manager.menu("pictures:ratio").options if option.default] == ["16:9"]
    await town.alice.slash(town.channel, "imagine", prompt="a fox")
    assert "16:9 · 1280×720" in town.card
    await town.alice.slash(town.channel, "imagine", prompt="a fox", ratio="1:1", size="2K")
    assert "1:1 · 2048×2048" in town.card
    await manager.press("settings:records:page:")
    assert f"<@{manager.boss.id}> · Usual size: 2K → 1K" in manager.text
    assert f"<@{manager.boss.id}> · Usual ratio: 1:1 → 16:9" in manager.text
    changes = await town.app.guilds.changed(town.guild.id, most=9)
    assert [(change.user_id, dict(change.what)) for change in changes] == [
        (manager.boss.id, {"size": ("2K", "1K")}),
        (manager.boss.id, {"ratio": ("1:1", "16:9")}),
    ]


async def test_sizes_over_the_largest_are_neither_drawn_nor_offered(town: Town, manager: Manager) -> None:
    await imagine(town)
    earlier = town.message
    await manager.open()
    await manager.pick("pictures:largest", "1K")
    assert [option.value for option in manager.menu("pictures:size").options] == ["1K"]
    asked = await imagine(town, size="2K")
    assert asked.ephemeral and "draws pictures up to 1K" in text_of(asked.response.message)
    await town.alice.slash(town.channel, "imagine", prompt="a fox")
    assert "1024×1024" in town.card
    assert list(buttons_of(town.message)) == ["Again", "Edit", "Remix", "More"]
    await imagine(town, prompt="size-refused")
    assert list(buttons_of(town.message)) == ["Edit"]
    assert len(town.asked) == 3
    pressed = await town.press(town.alice, "4K", earlier)
    assert pressed.ephemeral and "draws pictures up to 1K" in text_of(pressed.response.message)
    assert len(town.asked) == 3


async def test_a_result_posted_again_offers_what_is_drawn_there(town: Town, manager: Manager) -> None:
    await imagine(town)
    await manager.open()
    await manager.pick("pictures:largest", "2K")
    listed = await town.alice.slash(town.channel, "history")
    await town.alice.click(listed.response, custom_id="job:post:1")
    assert gallery_of(town.message) and "4K" not in buttons_of(town.message)


async def test_pictures_are_drawn_in_chosen_channels_and_their_threads_alone(
    town: Town, manager: Manager
) -> None:
    other = town.guild.create_text_channel("other")
    await manager.open("access")
    await manager.pick("access:channels", other)
    assert f"Channels for pictures: <#{other.id}>" in manager.text
    assert [each.id for each in manager.menu("access:channels").default_values] == [other.id]
    await refused(town, f"Ask in <#{other.id}>")
    await refused(town, "No pictures in this channel", person=town.moderator)
    await imagine(town, channel=other)
    channel: Any = town.bot.get_channel(other.id)
    thread = await channel.create_thread(name="foxes", type=discord.ChannelType.public_thread)
    (handle,) = [each for each in other.threads if each.id == thread.id]
    await imagine(town, channel=handle)
    assert len(town.asked) == 2
    await manager.press("settings:access:channels:none")
    await imagine(town)
    assert len(town.asked) == 3


async def test_pictures_are_for_chosen_roles_and_those_who_keep_order(town: Town, manager: Manager) -> None:
    artists = town.guild.create_role("Artists")
    carol = town.guild.add_member(town.env.create_user("carol"), roles=[artists])
    await manager.open("access")
    await manager.pick("access:roles", artists)
    await refused(town, f"members with one of these roles here: <@&{artists.id}>")
    for person in (carol, town.moderator, manager.boss):
        await imagine(town, person)
    assert len(town.asked) == 3


async def test_blocked_words_are_refused_without_naming_them(town: Town, manager: Manager) -> None:
    await manager.open("records")
    await manager.fill("records:blocked_words", "ass, bad phrase\n色情")
    assert "Blocked words: 3 words" in manager.text and "none → 3 words" in manager.text
    assert (await manager.settings()).blocked_words == ("ass", "bad phrase", "色情")
    for prompt in ("an A$$", "a bad-phrase", "这是色情"):
        await refused(town, "has words that this server doesn't allow", prompt=prompt)
    result = await imagine(town, prompt="an ass")
    assert "ass " not in text_of(result.response.message)
    await imagine(town, prompt="a class in essex, assassin's creed")
    assert len(town.asked) == 1


async def test_results_are_spoilers_outside_age_restricted_channels(town: Town, manager: Manager) -> None:
    adults = town.guild.create_text_channel("adults")
    channel: Any = town.bot.get_channel(adults.id)
    channel.nsfw = True  # which the simulated Discord can't make it
    await manager.open()
    await manager.press("settings:pictures:spoilers:on")
    assert "Spoilers outside age-restricted channels: on" in manager.text
    await imagine(town, channel=adults)
    assert not gallery_of(adults.last_message)[0].spoiler
    history = await town.alice.slash(town.channel, "history")
    await town.alice.click(history.response, custom_id="job:post:1")
    assert gallery_of(town.message)[0].spoiler
    await imagine(town)
    assert gallery_of(town.message)[0].spoiler
    await manager.press("settings:pictures:spoilers:off")
    await town.press(town.alice, "Again")
    assert not gallery_of(town.message)[0].spoiler


async def test_a_paused_server_refuses_everybody_until_it_is_resumed(town: Town, manager: Manager) -> None:
    await manager.open("access")
    await manager.press("settings:access:paused:on")
    assert "The bot is paused in this server" in manager.text and "Who and where" in manager.text
    for person in (town.alice, town.moderator, manager.boss):
        await refused(town, "paused in this server", person=person)
    await manager.press("settings:access:paused:off")
    assert "The bot is paused" not in manager.text
    await imagine(town)
    assert len(town.asked) == 1


async def test_the_language_of_what_all_see_is_chosen_and_the_panel_keeps_its_readers(
    town: Town, manager: Manager
) -> None:
    await manager.open("records")
    await manager.pick("records:language", "zh-CN")
    assert "Language of what all see: The asker's language → 简体中文" in manager.text
    await imagine(town)
    assert "再来一张" in buttons_of(town.message)
    await manager.pick("records:language", "none")
    assert (await manager.settings()).language is None
