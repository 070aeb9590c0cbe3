"""/help: the commands and the limits that apply to the reader."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any, get_args

import discord
import pytest

from bot.ui.i18n.texts import Texts
from bot.ui.panels.help_pages import PARTS, Topic
from tests.support.in_process.guild import SimulatedGuild, open_simulation
from tests.support.in_process.message_parts import buttons_in, everything_in, text_of
from tests.support.in_process.settings_manager import SettingsManager, change_settings

TOPICS: tuple[str, ...] = get_args(Topic)
TEXTS = Texts.load()
LANGUAGES = sorted(TEXTS.languages)
PLACES = ["a server", "a direct message", "a server without the bot"]
ELSEWHERE = {"guild_id": "4242", "channel_id": "4243", "guild_locale": "en-US"}


async def read(
    sim: SimulatedGuild, topic: str = "commands", place: str = "a server", person: Any = None
) -> Any:
    """Open the help at a page and return the response."""
    person = person or sim.alice
    if place == "a direct message":
        return await turn(person.user, await person.user.slash("help"), topic)
    if place == "a server":
        return await turn(person, await person.slash(sim.channel, "help"), topic)
    with sim.from_elsewhere(**ELSEWHERE):
        return await turn(person, await person.slash(sim.channel, "help"), topic)


async def turn(person: Any, result: Any, topic: str) -> Any:
    assert result.ephemeral
    if topic == "commands":
        return result.response
    return (await person.click(result.response, custom_id=f"help:{topic}")).response


async def words(sim: SimulatedGuild, topic: str, place: str = "a server", person: Any = None) -> str:
    return text_of((await read(sim, topic, place, person)).message)


@pytest.mark.parametrize("place", PLACES)
async def test_every_registered_command_is_listed_and_clickable(sim: SimulatedGuild, place: str) -> None:
    text = await words(sim, "commands", place)
    commands = await sim.bot.tree.fetch_commands()
    assert len(commands) >= 13
    for command in commands:
        slash = command.type is discord.AppCommandType.chat_input
        mention = f"</{command.name}:{command.id}>" if command.name != "settings" else "`/settings`"
        assert (mention if slash else f"**{command.name}**") in text
        assert command.description in text
    assert "On a message, Apps → **Remix**" in text
    everyones, _, others = text.partition("For moderators")
    assert "Remix avatar" in everyones and "settings" in others and "Pause pictures" in others


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("topic", TOPICS)
async def test_every_page_is_in_the_readers_language_and_within_discords_limits(
    sim: SimulatedGuild, language: str, topic: str
) -> None:
    await change_settings(sim, channels=frozenset({sim.channel.id}), roles=frozenset({sim.moderators.id}))
    await change_settings(
        sim, daily=10, past_quota="relaxed", spoilers=True, blocked_words=("x",), paused=True
    )
    sim.set_locale(sim.alice, language)
    message = (await read(sim, topic)).message
    text = text_of(message)
    assert text.startswith(TEXTS(language, "help.title", topic=TEXTS(language, f"help.{topic}")))
    assert len(text) <= 1800, "too long for a phone"
    assert len(list(everything_in(message))) <= 40
    assert [(button.label, button.disabled) for button in buttons_in(message)] == [
        (TEXTS(language, f"help.{each}"), each == topic) for each in TOPICS
    ]


async def test_a_manager_sees_clickable_manager_commands(
    sim: SimulatedGuild, manager: SettingsManager
) -> None:
    assert "</settings:" in await words(sim, "commands", person=manager.user)


async def test_commands_are_followed_by_their_translated_names(sim: SimulatedGuild) -> None:
    sim.set_locale(sim.alice, "zh-TW")
    text = await words(sim, "commands")
    for command in await sim.bot.tree.fetch_commands():
        assert command.name_localizations[discord.Locale.taiwan_chinese] in text
        assert command.description_localizations.get(discord.Locale.taiwan_chinese, "") in text


async def test_commands_without_known_ids_are_shown_by_name(tmp_path: Path) -> None:
    async with open_simulation(tmp_path) as sim:
        sim.env.inject_error("GET", "/applications/*/commands", status=500)
        text = await words(sim, "commands")
        assert "`/imagine` · Create pictures from a description" in text
        assert "</imagine:" in await words(sim, "commands")


async def test_a_good_and_a_bad_prompt_are_shown(sim: SimulatedGuild) -> None:
    text = await words(sim, "prompts")
    assert all(TEXTS("en", f"help.{part}") in text for part in PARTS)
    assert "> a cat\n" in text and "> An old ginger cat asleep" in text
    assert "2,000 characters" in text


async def test_the_remix_page_shows_the_bots_own_mention(sim: SimulatedGuild) -> None:
    text = await words(sim, "remix")
    assert f"> <@{sim.bot.user.id}> 16:9" in text if sim.bot.user else False
    assert "Apps → Remix avatar" in text


async def test_limits_depend_on_the_member_and_the_channel(sim: SimulatedGuild) -> None:
    assert "no daily limit here" in (plain := await words(sim, "limits"))
    assert "at 1K · 2K · 4K" in plain and "This server's rules" not in plain
    await change_settings(sim, daily=10, largest="2K", ratio="16:9", spoilers=True, blocked_words=("secret",))
    await change_settings(sim, channels=frozenset({sim.channel.id}), past_quota="relaxed")
    await sim.alice.slash(sim.channel, "imagine", prompt="a fox", size="1K")
    text = await words(sim, "limits")
    assert "Used today: 1 of 10" in text and "when nobody else is waiting" in text
    assert "up to 25 waiting and 2 being drawn" in text
    assert "1 to 4 pictures, at 1K · 2K\n" in text
    assert "Defaults: 16:9, 2K" in text
    assert f"Channels where pictures are allowed: **<#{sim.channel.id}>**" in text
    assert "Spoilers outside age-restricted channels: **on**" in text
    assert "this server's blocked words" in text and "secret" not in text
    assert "no daily limit here" in await words(sim, "limits", person=sim.moderator)


async def test_limits_follow_the_operators_settings_and_the_members_preferences(tmp_path: Path) -> None:
    async with open_simulation(tmp_path, MEMBER_WAITING="7", MEMBER_RUNNING="3") as sim:
        await sim.app.services.members.change_preferences(
            sim.alice.id, lambda chosen: replace(chosen, ratio="9:16", size="1K")
        )
        text = await words(sim, "limits")
        assert "up to 7 waiting and 3 being drawn" in text
        assert "Defaults: 9:16, 1K" in text


async def test_a_member_who_may_not_request_here_reads_why(sim: SimulatedGuild) -> None:
    await change_settings(sim, roles=frozenset({sim.moderators.id}))
    assert "members with one of these roles" in await words(sim, "limits")
    assert "members with one of these roles" not in await words(sim, "limits", person=sim.moderator)
    await change_settings(sim, roles=frozenset())
    await sim.app.services.moderation.pause(sim.guild.id, sim.alice.id, by_id=1, seconds=9e6, reason="")
    assert "<@1> paused pictures for you in this server" in await words(sim, "limits")


async def test_direct_messages_and_servers_without_the_bot_are_explained(sim: SimulatedGuild) -> None:
    await change_settings(sim, daily=1)
    for topic in ("commands", "remix", "limits"):
        assert "No server rules apply" in await words(sim, topic, "a direct message")
        assert "I'm not a member of this server" in await words(sim, topic, "a server without the bot")
        assert "member here" not in await words(sim, topic)
    assert "no daily limit here" in await words(sim, "limits", "a direct message")


async def test_watermark_and_filter_are_explained(sim: SimulatedGuild) -> None:
    text = await words(sim, "notes")
    assert "AI generated" in text and "it doesn't count toward your limit" in text
    commands = {command.name for command in await sim.bot.tree.fetch_commands()}
    assert ("**Privacy**" in text) == ("privacy" in commands)
