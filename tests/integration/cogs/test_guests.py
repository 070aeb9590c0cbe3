"""Where the app came with a person, and the bot is no member."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import discord
import pytest

from bot.demo.painter.paint import encode, paint
from tests.support.in_process.guild import Town, gallery_of, text_of

PHOTO = encode(paint("a castle on a hill", width=640, height=480), "jpeg")
ELSEWHERE = {"guild_id": "4242", "channel_id": "4243", "guild_locale": "en-US"}
PLACES = ["a server without the bot", "a conversation between people"]


async def imagine(town: Town, place: str) -> Any:
    if place == "a server without the bot":
        with town.abroad(**ELSEWHERE):
            return await town.alice.slash(town.channel, "imagine", prompt="a fox", size="1K")
    with town.abroad(context=2):
        return await town.alice.user.slash("imagine", prompt="a fox", size="1K")


def sent(town: Town, start: int) -> list[str]:
    return [f"{request.method} {request.path}" for request in town.env.http_requests[start:]]


def commands_of(town: Town) -> dict[str, Any]:
    (sync,) = [request for request in town.env.http_requests if request.method == "PUT"]
    return {command["name"]: command for command in sync.json}


@pytest.mark.parametrize("place", PLACES)
async def test_a_request_is_answered_in_its_own_message(town: Town, place: str) -> None:
    start = len(town.env.http_requests)
    result = await imagine(town, place)
    job = await town.app.service.job(1)
    assert job.requester.guest
    assert gallery_of(result.response.message)
    assert not [call for call in sent(town, start) if "/channels/" in call]


@pytest.mark.parametrize("place", PLACES)
async def test_there_is_no_way_into_the_channel_only_to_the_person(gated: Town, place: str) -> None:
    await imagine(gated, place)
    direct = gated.alice.user.dm_channel
    shown = direct.last_message
    start = len(gated.env.http_requests)
    gated.env.inject_error("PATCH", "/webhooks/*/messages/*", status=401, code=50027)
    await gated.until_answered()
    assert direct.last_message != shown and gallery_of(direct.last_message)
    posts = [call for call in sent(gated, start) if call.startswith("POST /channels")]
    assert posts == [f"POST /channels/{direct.id}/messages"]


async def test_the_bots_own_conversation_is_no_place_abroad(town: Town) -> None:
    await town.alice.user.slash("imagine", prompt="a fox", size="1K")
    assert not (await town.app.service.job(1)).requester.guest
    assert gallery_of(town.alice.user.dm_channel.last_message)


async def test_a_menu_abroad_remixes_what_it_was_shown_and_again_looks_nowhere(town: Town) -> None:
    photo = await town.bob.send(town.channel, "look", attachments=[("photo.jpg", PHOTO)])
    with town.abroad(**ELSEWHERE):
        shown = await town.alice.context_menu(town.channel, "Remix", photo)
        result = await town.fill(town.alice, shown, prompt="at night", size="1K")
        start = len(town.env.http_requests)
        await town.press(town.alice, "Again", result.response.message)
    assert [asked["image"] for asked in town.asked] == [photo.attachments[0].url] * 2
    assert not [call for call in sent(town, start) if "/channels/" in call]


async def test_a_link_into_a_place_that_the_bot_cannot_see_gets_words(town: Town) -> None:
    with town.abroad(**ELSEWHERE):
        result = await town.alice.slash(
            town.channel, "remix", url="https://discord.com/channels/4242/4243/4244", prompt="x"
        )
    assert "can't be read here" in text_of(result.response.message)
    assert not town.asked


def flags_of(command: dict[str, Any]) -> Iterator[Any]:
    yield from (command["integration_types"], command["contexts"])


async def test_every_command_goes_wherever_discord_allows(town: Town) -> None:
    for name, command in commands_of(town).items():
        if command.get("default_member_permissions"):
            # For a server's managers: nobody else, and nowhere else.
            assert [list(each) for each in flags_of(command)] == [[0], [0]], name
        else:
            assert [sorted(each) for each in flags_of(command)] == [[0, 1], [0, 1, 2]], name


async def test_an_error_abroad_takes_one_message_at_most(town: Town) -> None:
    with town.abroad(**ELSEWHERE):
        result = await town.alice.slash(town.channel, "remix", url="not a url", prompt="x")
    assert isinstance(result.response.message, discord.Message)
    assert not result.followups
