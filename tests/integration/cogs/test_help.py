"""/help: every command, and what holds for whoever asks, where they ask."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any, get_args

import discord
import pytest

from bot.ui.i18n.texts import Texts
from bot.ui.panels.help_pages import PARTS, Topic
from tests.support.in_process.guild import Town, buttons_in, everything_in, open_town, text_of
from tests.support.in_process.settings_manager import Manager, put

TOPICS: tuple[str, ...] = get_args(Topic)
TEXTS = Texts.load()
LANGUAGES = sorted(TEXTS.languages)
PLACES = ["a server", "a direct message", "a server without the bot"]
ELSEWHERE = {"guild_id": "4242", "channel_id": "4243", "guild_locale": "en-US"}


async def read(town: Town, topic: str = "commands", place: str = "a server", person: Any = None) -> Any:
    """Open the help, turn to a page, and return what is shown then."""
    person = person or town.alice
    if place == "a direct message":
        return await turn(person.user, await person.user.slash("help"), topic)
    if place == "a server":
        return await turn(person, await person.slash(town.channel, "help"), topic)
    with town.abroad(**ELSEWHERE):
        return await turn(person, await person.slash(town.channel, "help"), topic)


async def turn(person: Any, result: Any, topic: str) -> Any:
    assert result.ephemeral
    if topic == "commands":
        return result.response
    return (await person.click(result.response, custom_id=f"help:{topic}")).response


async def words(town: Town, topic: str, place: str = "a server", person: Any = None) -> str:
    return text_of((await read(town, topic, place, person)).message)


@pytest.mark.parametrize("place", PLACES)
async def test_every_command_of_the_tree_is_listed_and_can_be_pressed(town: Town, place: str) -> None:
    text = await words(town, "commands", place)
    commands = await town.bot.tree.fetch_commands()
    assert len(commands) >= 13
    for command in commands:
        slash = command.type is discord.AppCommandType.chat_input
        mention = f"</{command.name}:{command.id}>" if command.name != "settings" else "`/settings`"
        assert (mention if slash else f"**{command.name}**") in text
        assert command.description in text
    assert "On a message, Apps → **Remix**" in text
    everyones, _, others = text.partition("keep a server in order")
    assert "Remix avatar" in everyones and "settings" in others and "Pause pictures" in others


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("topic", TOPICS)
async def test_every_page_is_in_the_readers_language_and_within_discords_limits(
    town: Town, language: str, topic: str
) -> None:
    await put(town, channels=frozenset({town.channel.id}), roles=frozenset({town.moderators.id}))
    await put(town, daily=10, past_quota="relaxed", spoilers=True, blocked_words=("x",), paused=True)
    town.speaks(town.alice, language)
    message = (await read(town, topic)).message
    text = text_of(message)
    assert text.startswith(TEXTS(language, "help.title", topic=TEXTS(language, f"help.{topic}")))
    assert len(text) <= 1800, "too long for a phone"
    assert len(list(everything_in(message))) <= 40
    assert [(button.label, button.disabled) for button in buttons_in(message)] == [
        (TEXTS(language, f"help.{each}"), each == topic) for each in TOPICS
    ]


async def test_who_manages_the_server_can_press_what_is_for_them(town: Town, manager: Manager) -> None:
    assert "</settings:" in await words(town, "commands", person=manager.boss)


async def test_commands_have_their_names_in_the_readers_language_beside_them(town: Town) -> None:
    town.speaks(town.alice, "zh-TW")
    text = await words(town, "commands")
    for command in await town.bot.tree.fetch_commands():
        assert command.name_localizations[discord.Locale.taiwan_chinese] in text
        assert command.description_localizations.get(discord.Locale.taiwan_chinese, "") in text


async def test_where_ids_are_not_to_be_had_commands_are_named(town: Town) -> None:
    town.env.inject_error("GET", "/applications/*/commands", status=500)
    text = await words(town, "commands")
    assert "`/imagine` · Draw pictures from a description" in text
    assert "</imagine:" in await words(town, "commands")


async def test_a_good_and_a_bad_prompt_are_shown(town: Town) -> None:
    text = await words(town, "prompts")
    assert all(TEXTS("en", f"help.{part}") in text for part in PARTS)
    assert "> a cat\n" in text and "> An old ginger cat asleep" in text
    assert "2,000 characters" in text


async def test_remixing_is_shown_with_the_bots_own_mention(town: Town) -> None:
    text = await words(town, "remix")
    assert f"> <@{town.bot.user.id}> 16:9" in text if town.bot.user else False
    assert "Apps → Remix avatar" in text


async def test_limits_are_those_of_the_person_and_the_place(town: Town) -> None:
    assert "no daily limit for you here" in (plain := await words(town, "limits"))
    assert "at 1K · 2K · 4K" in plain and "This server's rules" not in plain
    await put(town, daily=10, largest="2K", ratio="16:9", spoilers=True, blocked_words=("secret",))
    await put(town, channels=frozenset({town.channel.id}), past_quota="relaxed")
    await town.alice.slash(town.channel, "imagine", prompt="a fox", size="1K")
    text = await words(town, "limits")
    assert "1 of 10 pictures used today" in text and "when nobody else waits" in text
    assert "at most 25 in line and 2 being drawn" in text
    assert "1 to 4 pictures, at 1K · 2K\n" in text
    assert "When you don't choose: 16:9, 2K" in text
    assert f"Channels for pictures: **<#{town.channel.id}>**" in text
    assert "Spoilers outside age-restricted channels: **on**" in text
    assert "words that this server blocks" in text and "secret" not in text
    assert "no daily limit for you here" in await words(town, "limits", person=town.moderator)


async def test_limits_follow_the_operators_settings_and_ones_own_preferences(tmp_path: Path) -> None:
    async with open_town(tmp_path, MEMBER_WAITING="7", MEMBER_RUNNING="3") as town:
        await town.app.personal.choose(town.alice.id, lambda chosen: replace(chosen, ratio="9:16", size="1K"))
        text = await words(town, "limits")
        assert "at most 7 in line and 3 being drawn" in text
        assert "When you don't choose: 9:16, 1K" in text


async def test_who_may_not_ask_here_reads_why(town: Town) -> None:
    await put(town, roles=frozenset({town.moderators.id}))
    assert "for members with one of these roles" in await words(town, "limits")
    assert "for members with one" not in await words(town, "limits", person=town.moderator)
    await put(town, roles=frozenset())
    await town.app.moderating.pause(town.guild.id, town.alice.id, by_id=1, seconds=9e6, reason="")
    assert "A moderator paused pictures for you here" in await words(town, "limits")


async def test_what_differs_in_direct_messages_and_where_the_bot_is_no_member(town: Town) -> None:
    await put(town, daily=1)
    for topic in ("commands", "remix", "limits"):
        assert "no server's rules hold" in await words(town, topic, "a direct message")
        assert "I'm not a member here" in await words(town, topic, "a server without the bot")
        assert "member here" not in await words(town, topic)
    assert "no daily limit for you here" in await words(town, "limits", "a direct message")


async def test_mark_and_filter_are_explained(town: Town) -> None:
    text = await words(town, "notes")
    assert "AI generated" in text and "Nothing is charged" in text
    commands = {command.name for command in await town.bot.tree.fetch_commands()}
    assert ("**Privacy**" in text) == ("privacy" in commands)
