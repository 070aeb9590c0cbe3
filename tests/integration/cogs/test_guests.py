"""User-installed: places where the bot is no member."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import discord
import pytest

from tests.support.in_process.guild import SimulatedGuild
from tests.support.in_process.message_parts import gallery_of, text_of
from tests.support.photos import photo

PHOTO = photo(640, 480)
ELSEWHERE = {"guild_id": "4242", "channel_id": "4243", "guild_locale": "en-US"}
PLACES = ["a server without the bot", "a conversation between people"]


async def imagine(sim: SimulatedGuild, place: str) -> Any:
    if place == "a server without the bot":
        with sim.from_elsewhere(**ELSEWHERE):
            return await sim.alice.slash(sim.channel, "imagine", prompt="a fox", size="1K")
    with sim.from_elsewhere(context=2):
        return await sim.alice.user.slash("imagine", prompt="a fox", size="1K")


def sent(sim: SimulatedGuild, start: int) -> list[str]:
    return [f"{request.method} {request.path}" for request in sim.env.http_requests[start:]]


def commands_of(sim: SimulatedGuild) -> dict[str, Any]:
    (sync,) = [request for request in sim.env.http_requests if request.method == "PUT"]
    return {command["name"]: command for command in sync.json}


@pytest.mark.parametrize("place", PLACES)
async def test_a_request_is_answered_in_its_own_message(sim: SimulatedGuild, place: str) -> None:
    start = len(sim.env.http_requests)
    result = await imagine(sim, place)
    job = await sim.app.services.queries.job(sim.first_job)
    assert job.requester.guest
    assert gallery_of(result.response.message)
    assert not [call for call in sent(sim, start) if "/channels/" in call]


@pytest.mark.parametrize("place", PLACES)
async def test_a_failed_edit_falls_back_to_a_direct_message_not_the_channel(
    gated_sim: SimulatedGuild, place: str
) -> None:
    await imagine(gated_sim, place)
    direct = gated_sim.alice.user.dm_channel
    shown = direct.last_message
    start = len(gated_sim.env.http_requests)
    gated_sim.env.inject_error("PATCH", "/webhooks/*/messages/*", status=401, code=50027)
    await gated_sim.finish_jobs()
    assert direct.last_message != shown and gallery_of(direct.last_message)
    posts = [call for call in sent(gated_sim, start) if call.startswith("POST /channels")]
    assert posts == [f"POST /channels/{direct.id}/messages"]


async def test_direct_messages_with_the_bot_are_not_a_foreign_place(sim: SimulatedGuild) -> None:
    await sim.alice.user.slash("imagine", prompt="a fox", size="1K")
    assert not (await sim.app.services.queries.job(sim.first_job)).requester.guest
    assert gallery_of(sim.alice.user.dm_channel.last_message)


async def test_a_context_menu_elsewhere_remixes_the_given_message_and_again_fetches_nothing(
    sim: SimulatedGuild,
) -> None:
    photo = await sim.bob.send(sim.channel, "look", attachments=[("photo.jpg", PHOTO)])
    with sim.from_elsewhere(**ELSEWHERE):
        shown = await sim.alice.context_menu(sim.channel, "Remix", photo)
        result = await sim.fill(sim.alice, shown, prompt="at night", size="1K")
        start = len(sim.env.http_requests)
        await sim.press(sim.alice, "Again", result.response.message)
    assert [asked["image"] for asked in sim.relay_requests] == [photo.attachments[0].url] * 2
    assert not [call for call in sent(sim, start) if "/channels/" in call]


async def test_a_link_into_a_channel_the_bot_cannot_see_is_refused(sim: SimulatedGuild) -> None:
    with sim.from_elsewhere(**ELSEWHERE):
        result = await sim.alice.slash(
            sim.channel, "remix", url="https://discord.com/channels/4242/4243/4244", prompt="x"
        )
    assert "can't read that message" in text_of(result.response.message)
    assert not sim.relay_requests


def flags_of(command: dict[str, Any]) -> Iterator[Any]:
    yield from (command["integration_types"], command["contexts"])


async def test_every_command_is_available_wherever_discord_allows(sim: SimulatedGuild) -> None:
    for name, command in commands_of(sim).items():
        if command.get("default_member_permissions"):
            # For a server's managers: nobody else, and nowhere else.
            assert [list(each) for each in flags_of(command)] == [[0], [0]], name
        else:
            assert [sorted(each) for each in flags_of(command)] == [[0, 1], [0, 1, 2]], name


async def test_an_error_elsewhere_takes_at_most_one_message(sim: SimulatedGuild) -> None:
    with sim.from_elsewhere(**ELSEWHERE):
        result = await sim.alice.slash(sim.channel, "remix", url="example.com/x.png", prompt="x")
    assert isinstance(result.response.message, discord.Message)
    assert not result.followups
