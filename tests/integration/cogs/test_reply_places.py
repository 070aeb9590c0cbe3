"""Requests that come as messages, by where they are written: threads, posts, closed places."""

from __future__ import annotations

from typing import Any

import discord
import pytest

from tests.support.in_process.guild import Town, gallery_of, text_of
from tests.support.in_process.messages import PHOTO, me, write


def closed(town: Town, *missing: str) -> Any:
    without = discord.PermissionOverwrite(**dict.fromkeys(missing, False))
    return town.guild.create_text_channel("closed", overwrites={town.bot.user: without})


def thread(town: Town, *, parent: Any = None, **state: bool) -> Any:
    """A thread, which the bot doesn't know any more where it is archived."""
    backend = town.env.backend
    made = backend.create_thread((parent or town.channel).id, "about foxes", town.alice.id)
    if state:
        backend.edit_channel(made.id, {}, thread_metadata=state)
    (handle,) = (parent or town.channel).threads
    return handle


def dms(person: Any) -> list[discord.Message]:
    return [message for message in person.user.dm_channel.history() if message.author.bot]


async def test_a_mention_in_a_thread_is_answered_there(town: Town) -> None:
    place = thread(town)
    asked = await write(town, town.alice, f"{me(town)} 1K a fox", channel=place)
    answer = place.last_message
    assert gallery_of(answer)
    assert answer.reference is not None and answer.reference.message_id == asked.id


async def test_a_post_in_a_forum_is_answered_there(town: Town) -> None:
    place = thread(town, parent=town.guild.create_forum_channel("ideas"))
    await write(
        town, town.alice, f"{me(town)} 1K as a woodcut", channel=place, attachments=[("a.jpg", PHOTO)]
    )
    assert gallery_of(place.last_message) and "a.jpg" in town.asked[0]["image"]


async def test_an_archived_thread_that_the_bot_forgot_is_like_any_other(town: Town) -> None:
    place = thread(town, archived=True)
    assert town.guild.me is not None and town.guild.me.guild.get_thread(place.id) is None
    await write(town, town.alice, f"{me(town)} 1K a fox", channel=place)
    assert gallery_of(place.last_message)
    await write(town, town.bob, f"{me(town)} 1K at night", channel=place, reply_to=place.last_message)
    assert [call["prompt"] for call in town.asked] == ["a fox", "at night"]


@pytest.mark.parametrize("archived", [True, False])
async def test_a_locked_thread_is_told_of_by_direct_message_once(town: Town, archived: bool) -> None:
    place = thread(town, parent=closed(town, "manage_threads"), archived=archived, locked=True)
    await write(town, town.alice, f"{me(town)} a fox", channel=place)
    last = await write(town, town.alice, f"{me(town)} a fox", channel=place)
    (told,) = dms(town.alice)
    assert f"<#{place.id}>" in text_of(told) and "locked" in text_of(told)
    assert place.last_message.id == last.id and not town.asked


async def test_where_the_bot_cant_write_its_author_hears_once_a_day_which_permission_is_missing(
    town: Town,
) -> None:
    place = closed(town, "send_messages")
    await write(town, town.alice, f"{me(town)} a fox", channel=place)
    last = await write(town, town.alice, f"{me(town)} a fox", channel=place)
    (told,) = dms(town.alice)
    assert f"<#{place.id}>" in text_of(told) and "**Send Messages**" in text_of(told)
    assert "Attach" not in text_of(told) and place.last_message.id == last.id
    await write(town, town.bob, f"{me(town)} a fox", channel=place)
    assert len(dms(town.bob)) == 1 and not town.asked


@pytest.mark.parametrize(
    ("missing", "name"),
    [("attach_files", "**Attach Files**"), ("read_message_history", "**Read Message History**")],
)
async def test_where_the_bot_can_write_but_no_more_it_says_there_what_is_missing(
    town: Town, missing: str, name: str
) -> None:
    place = closed(town, missing)
    for _ in range(2):
        last = await write(town, town.alice, f"{me(town)} a fox", channel=place)
        assert name in text_of(place.last_message) and place.last_message.id != last.id
    assert not town.asked and not dms(town.alice)


async def test_where_the_server_isnt_known_nothing_is_drawn_past_its_rules(town: Town) -> None:
    town.bot._connection._guilds.pop(town.guild.id)  # pyright: ignore[reportPrivateUsage]  # as in an outage
    asked = await write(town, town.alice, f"{me(town)} a fox")
    assert "something went wrong" in town.card and str(asked.id) in town.card and not town.asked


async def test_a_hint_is_worth_no_direct_message(town: Town) -> None:
    place = town.guild.create_text_channel("soon closed")
    await town.alice.slash(place, "imagine", prompt="a fox", size="1K")
    card = place.last_message
    town.env.inject_error("POST", f"/channels/{place.id}/messages", status=403, code=50013)
    last = await write(town, town.bob, "in winter please", channel=place, reply_to=card)
    assert place.last_message.id == last.id and not dms(town.bob)


async def test_a_hint_isnt_used_up_where_it_cant_be_given(town: Town) -> None:
    place = closed(town, "send_messages")
    for channel in (place, town.channel):
        await town.alice.slash(channel, "imagine", prompt="a fox", size="1K")
        card = channel.last_message
        last = await write(town, town.bob, "in winter please", channel=channel, reply_to=card)
        assert (channel.last_message.id == last.id) == (channel is place)
    assert "mention me" in town.card and not dms(town.bob)


async def test_a_mention_in_messages_of_two_is_answered_there(town: Town) -> None:
    await town.alice.user.send_dm(f"{me(town)} 1K x2 a fox")
    await town.until_answered()
    (answer,) = dms(town.alice)
    assert len(gallery_of(answer)) == 2 and f"<@{town.alice.id}>" in text_of(answer)


async def test_an_answer_that_a_closed_channel_refuses_comes_by_direct_message(town: Town) -> None:
    town.env.inject_error("POST", f"/channels/{town.channel.id}/messages", status=403, code=50001)
    await write(town, town.alice, me(town))
    (told,) = dms(town.alice)
    assert "Write what the picture should show" in text_of(told)
