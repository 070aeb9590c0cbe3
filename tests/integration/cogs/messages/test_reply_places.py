"""Requests by message in threads, forum posts, and channels the bot can't send to."""

from __future__ import annotations

from typing import Any

import discord
import pytest

from tests.support.in_process.guild import SimulatedGuild
from tests.support.in_process.message_parts import gallery_of, text_of
from tests.support.in_process.messages import PHOTO, bot_mention, write

ARCHIVED = 50083
"""Discord's code for a message in an archived thread."""


def closed(sim: SimulatedGuild, *missing: str) -> Any:
    without = discord.PermissionOverwrite(**dict.fromkeys(missing, False))
    return sim.guild.create_text_channel("closed", overwrites={sim.bot.user: without})


def thread(sim: SimulatedGuild, *, parent: Any = None, **state: bool) -> Any:
    """Create a thread; an archived one is not in the bot's cache."""
    backend = sim.env.backend
    made = backend.create_thread((parent or sim.channel).id, "about foxes", sim.alice.id)
    if state:
        backend.edit_channel(made.id, {}, thread_metadata=state)
    (handle,) = (parent or sim.channel).threads
    return handle


def dms(person: Any) -> list[discord.Message]:
    return [message for message in person.user.dm_channel.history() if message.author.bot]


async def test_a_mention_in_a_thread_is_answered_there(sim: SimulatedGuild) -> None:
    place = thread(sim)
    asked = await write(sim, sim.alice, f"{bot_mention(sim)} 1K a fox", channel=place)
    answer = place.last_message
    assert gallery_of(answer)
    assert answer.reference is not None and answer.reference.message_id == asked.id


async def test_a_post_in_a_forum_is_answered_there(sim: SimulatedGuild) -> None:
    place = thread(sim, parent=sim.guild.create_forum_channel("ideas"))
    await write(
        sim, sim.alice, f"{bot_mention(sim)} 1K as a woodcut", channel=place, attachments=[("a.jpg", PHOTO)]
    )
    assert gallery_of(place.last_message) and "a.jpg" in sim.relay_requests[0]["image"]


async def test_a_mention_in_an_uncached_archived_thread_is_answered(sim: SimulatedGuild) -> None:
    place = thread(sim, archived=True)
    assert sim.guild.me is not None and sim.guild.me.guild.get_thread(place.id) is None
    await write(sim, sim.alice, f"{bot_mention(sim)} 1K a fox", channel=place)
    assert gallery_of(place.last_message)
    await write(sim, sim.bob, f"{bot_mention(sim)} 1K at night", channel=place, reply_to=place.last_message)
    assert [call["prompt"] for call in sim.relay_requests] == ["a fox", "at night"]


@pytest.mark.parametrize("archived", [True, False])
async def test_a_mention_in_a_locked_thread_is_answered_by_one_direct_message(
    sim: SimulatedGuild, archived: bool
) -> None:
    place = thread(sim, parent=closed(sim, "manage_threads"), archived=archived, locked=True)
    await write(sim, sim.alice, f"{bot_mention(sim)} a fox", channel=place)
    last = await write(sim, sim.alice, f"{bot_mention(sim)} a fox", channel=place)
    (told,) = dms(sim.alice)
    assert f"<#{place.id}>" in text_of(told) and "locked" in text_of(told)
    assert place.last_message.id == last.id and not sim.relay_requests


async def test_without_permission_to_send_the_author_gets_one_direct_message_a_day(
    sim: SimulatedGuild,
) -> None:
    place = closed(sim, "send_messages")
    await write(sim, sim.alice, f"{bot_mention(sim)} a fox", channel=place)
    last = await write(sim, sim.alice, f"{bot_mention(sim)} a fox", channel=place)
    (told,) = dms(sim.alice)
    assert f"<#{place.id}>" in text_of(told) and "**Send Messages**" in text_of(told)
    assert "Attach" not in text_of(told) and place.last_message.id == last.id
    await write(sim, sim.bob, f"{bot_mention(sim)} a fox", channel=place)
    assert len(dms(sim.bob)) == 1 and not sim.relay_requests


@pytest.mark.parametrize(
    ("missing", "name"),
    [("attach_files", "**Attach Files**"), ("read_message_history", "**Read Message History**")],
)
async def test_missing_permissions_are_named_in_the_channel_where_the_bot_can_send(
    sim: SimulatedGuild, missing: str, name: str
) -> None:
    place = closed(sim, missing)
    for _ in range(2):
        last = await write(sim, sim.alice, f"{bot_mention(sim)} a fox", channel=place)
        assert name in text_of(place.last_message) and place.last_message.id != last.id
    assert not sim.relay_requests and not dms(sim.alice)


async def test_a_message_from_an_unknown_server_draws_nothing(sim: SimulatedGuild) -> None:
    sim.bot._connection._guilds.pop(sim.guild.id)  # pyright: ignore[reportPrivateUsage]  # as in an outage
    asked = await write(sim, sim.alice, f"{bot_mention(sim)} a fox")
    assert "something went wrong" in sim.card and str(asked.id) in sim.card and not sim.relay_requests


async def test_a_hint_is_never_sent_by_direct_message(sim: SimulatedGuild) -> None:
    place = sim.guild.create_text_channel("soon closed")
    await sim.alice.slash(place, "imagine", prompt="a fox", size="1K")
    card = place.last_message
    sim.env.inject_error("POST", f"/channels/{place.id}/messages", status=403, code=50013)
    last = await write(sim, sim.bob, "in winter please", channel=place, reply_to=card)
    assert place.last_message.id == last.id and not dms(sim.bob)


async def test_a_hint_that_cannot_be_sent_is_not_counted(sim: SimulatedGuild) -> None:
    place = closed(sim, "send_messages")
    for channel in (place, sim.channel):
        await sim.alice.slash(channel, "imagine", prompt="a fox", size="1K")
        card = channel.last_message
        last = await write(sim, sim.bob, "in winter please", channel=channel, reply_to=card)
        assert (channel.last_message.id == last.id) == (channel is place)
    assert "mention me" in sim.card and not dms(sim.bob)


async def test_a_mention_in_direct_messages_is_answered_there(sim: SimulatedGuild) -> None:
    await sim.alice.user.send_dm(f"{bot_mention(sim)} 1K x2 a fox")
    await sim.finish_jobs()
    (answer,) = dms(sim.alice)
    assert len(gallery_of(answer)) == 2 and f"<@{sim.alice.id}>" in text_of(answer)


async def test_an_error_that_the_channel_refuses_is_sent_by_direct_message(sim: SimulatedGuild) -> None:
    sim.env.inject_error("POST", f"/channels/{sim.channel.id}/messages", status=403, code=50001)
    await write(sim, sim.alice, bot_mention(sim))
    (told,) = dms(sim.alice)
    assert "Describe what the picture should show" in text_of(told)


async def test_an_answer_unarchives_the_thread_of_its_card(gated_sim: SimulatedGuild) -> None:
    sim, place = gated_sim, thread(gated_sim)
    await sim.alice.slash(place, "imagine", prompt="a fox", size="1K")
    card = place.last_message
    sim.env.backend.edit_channel(place.id, {}, thread_metadata={"archived": True})
    sim.env.inject_error("PATCH", "/webhooks/*/messages/*", status=400, code=ARCHIVED)
    await sim.finish_jobs()
    assert place.last_message.id == card.id and gallery_of(place.last_message)
    assert not sim.env.backend.channels[place.id].thread_metadata.archived


async def test_the_answer_to_a_request_in_a_thread_that_was_locked_is_a_direct_message(
    gated_sim: SimulatedGuild,
) -> None:
    sim, place = gated_sim, thread(gated_sim)
    await sim.alice.slash(place, "imagine", prompt="a fox", size="1K")
    sim.env.inject_error("PATCH", "/webhooks/*/messages/*", status=400, code=ARCHIVED)
    sim.env.inject_error("PATCH", f"/channels/{place.id}", status=403, code=50013)
    sim.env.inject_error("POST", f"/channels/{place.id}/messages", status=400, code=ARCHIVED)
    await sim.finish_jobs()
    (answer,) = dms(sim.alice)
    assert gallery_of(answer)
