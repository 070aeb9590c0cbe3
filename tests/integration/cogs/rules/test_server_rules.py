"""Server settings changed in the panel apply to requests."""

from __future__ import annotations

from typing import Any

import discord

from tests.support.in_process.guild import SimulatedGuild
from tests.support.in_process.message_parts import buttons_of, gallery_of, text_of
from tests.support.in_process.settings_manager import SettingsManager


async def imagine(sim: SimulatedGuild, person: Any = None, channel: Any = None, **options: Any) -> Any:
    options = {"prompt": "a fox", "size": "1K", **options}
    return await (person or sim.alice).slash(channel or sim.channel, "imagine", **options)


async def refused(sim: SimulatedGuild, says: str, **options: Any) -> None:
    result = await imagine(sim, **options)
    assert result.ephemeral and says in text_of(result.response.message).replace("*", "")
    assert not sim.relay_requests


async def test_a_changed_default_is_shown_recorded_and_applied(
    sim: SimulatedGuild, manager: SettingsManager
) -> None:
    await manager.open()
    await manager.pick("pictures:ratio", "16:9")
    await manager.pick("pictures:size", "1K")
    assert [option.value for option in manager.menu("pictures:ratio").options if option.default] == ["16:9"]
    await sim.alice.slash(sim.channel, "imagine", prompt="a fox")
    assert "16:9 · 1280×720" in sim.card
    await sim.alice.slash(sim.channel, "imagine", prompt="a fox", ratio="1:1", size="2K")
    assert "1:1 · 2048×2048" in sim.card
    await manager.press("settings:records:page:")
    assert f"<@{manager.user.id}> · Default size: 2K → 1K" in manager.text
    assert f"<@{manager.user.id}> · Default ratio: 1:1 → 16:9" in manager.text
    changes = await sim.app.stores.guilds.recent_changes(sim.guild.id, most=9)
    assert [(change.user_id, dict(change.what)) for change in changes] == [
        (manager.user.id, {"size": ("2K", "1K")}),
        (manager.user.id, {"ratio": ("1:1", "16:9")}),
    ]


async def test_sizes_above_the_servers_maximum_are_refused_and_not_offered(
    sim: SimulatedGuild, manager: SettingsManager
) -> None:
    await imagine(sim)
    earlier = sim.message
    await manager.open()
    await manager.pick("pictures:largest", "1K")
    assert [option.value for option in manager.menu("pictures:size").options] == ["1K"]
    asked = await imagine(sim, size="2K")
    assert asked.ephemeral and "largest size in this server is 1K" in text_of(asked.response.message)
    await sim.alice.slash(sim.channel, "imagine", prompt="a fox")
    assert "1024×1024" in sim.card
    assert list(buttons_of(sim.message)) == ["Again", "Edit", "Remix", "More"]
    await imagine(sim, prompt="size-refused")
    assert list(buttons_of(sim.message)) == ["Redraw in 4:3", "Edit"]
    assert len(sim.relay_requests) == 3  # no larger size is tried
    pressed = await sim.press(sim.alice, "4K", earlier)
    assert pressed.ephemeral and "largest size in this server is 1K" in text_of(pressed.response.message)
    assert len(sim.relay_requests) == 3


async def test_a_result_posted_again_offers_only_allowed_sizes(
    sim: SimulatedGuild, manager: SettingsManager
) -> None:
    await imagine(sim)
    await manager.open()
    await manager.pick("pictures:largest", "2K")
    listed = await sim.alice.slash(sim.channel, "history")
    await sim.alice.click(listed.response, custom_id=f"job:post:{sim.first_job}")
    assert gallery_of(sim.message) and "4K" not in buttons_of(sim.message)


async def test_requests_are_limited_to_allowed_channels_and_their_threads(
    sim: SimulatedGuild, manager: SettingsManager
) -> None:
    other = sim.guild.create_text_channel("other")
    await manager.open("access")
    await manager.pick("access:channels", other)
    assert f"Channels where pictures are allowed: <#{other.id}>" in manager.text
    assert [each.id for each in manager.menu("access:channels").default_values] == [other.id]
    await refused(sim, f"Use <#{other.id}>")
    await refused(sim, "Pictures aren't allowed in this channel", person=sim.moderator)
    await imagine(sim, channel=other)
    channel: Any = sim.bot.get_channel(other.id)
    thread = await channel.create_thread(name="foxes", type=discord.ChannelType.public_thread)
    (handle,) = [each for each in other.threads if each.id == thread.id]
    await imagine(sim, channel=handle)
    assert len(sim.relay_requests) == 2
    await manager.press("settings:access:channels:none")
    await imagine(sim)
    assert len(sim.relay_requests) == 3


async def test_requests_are_limited_to_allowed_roles_and_moderators(
    sim: SimulatedGuild, manager: SettingsManager
) -> None:
    artists = sim.guild.create_role("Artists")
    carol = sim.guild.add_member(sim.env.create_user("carol"), roles=[artists])
    await manager.open("access")
    await manager.pick("access:roles", artists)
    await refused(sim, f"can ask for pictures here: <@&{artists.id}>")
    for person in (carol, sim.moderator, manager.user):
        await imagine(sim, person)
    assert len(sim.relay_requests) == 3


async def test_blocked_words_are_refused_without_naming_them(
    sim: SimulatedGuild, manager: SettingsManager
) -> None:
    await manager.open("records")
    await manager.fill("records:blocked_words", "ass, bad phrase\n色情")
    assert "Blocked words: 3 words" in manager.text and "none → 3 words" in manager.text
    assert (await manager.settings()).blocked_words == ("ass", "bad phrase", "色情")
    for prompt in ("an A$$", "a bad-phrase", "这是色情"):
        await refused(sim, "contains words that aren't allowed in this server", prompt=prompt)
    result = await imagine(sim, prompt="an ass")
    assert "ass " not in text_of(result.response.message)
    await imagine(sim, prompt="a class in essex, assassin's creed")
    assert len(sim.relay_requests) == 1


async def test_results_are_spoilers_outside_age_restricted_channels(
    sim: SimulatedGuild, manager: SettingsManager
) -> None:
    adults = sim.guild.create_text_channel("adults")
    channel: Any = sim.bot.get_channel(adults.id)
    channel.nsfw = True  # which the simulated Discord can't make it
    await manager.open()
    await manager.press("settings:pictures:spoilers:on")
    assert "Spoilers outside age-restricted channels: on" in manager.text
    await imagine(sim, channel=adults)
    assert not gallery_of(adults.last_message)[0].spoiler
    history = await sim.alice.slash(sim.channel, "history")
    await sim.alice.click(history.response, custom_id=f"job:post:{sim.first_job}")
    assert gallery_of(sim.message)[0].spoiler
    await imagine(sim)
    assert gallery_of(sim.message)[0].spoiler
    await manager.press("settings:pictures:spoilers:off")
    await sim.press(sim.alice, "Again")
    assert not gallery_of(sim.message)[0].spoiler


async def test_a_paused_server_refuses_everyone_until_resumed(
    sim: SimulatedGuild, manager: SettingsManager
) -> None:
    await manager.open("access")
    await manager.press("settings:access:paused:on")
    assert "The bot is paused in this server" in manager.text and "Access & limits" in manager.text
    for person in (sim.alice, sim.moderator, manager.user):
        await refused(sim, "paused in this server", person=person)
    await manager.press("settings:access:paused:off")
    assert "The bot is paused" not in manager.text
    await imagine(sim)
    assert len(sim.relay_requests) == 1


async def test_the_servers_language_applies_to_public_cards_but_not_to_the_panel(
    sim: SimulatedGuild, manager: SettingsManager
) -> None:
    await manager.open("records")
    await manager.pick("records:language", "zh-CN")
    assert "Language of public messages: The requester's language → 简体中文" in manager.text
    await imagine(sim)
    assert "再画一次" in buttons_of(sim.message)
    await manager.pick("records:language", "none")
    assert (await manager.settings()).language is None
