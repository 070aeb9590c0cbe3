"""Requests that come as messages: mentions, replies, what is deleted, and where the bot may not speak."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import discord
import pytest
from town import Town, buttons_of, gallery_of, open_town, text_of

from bot.demo.painter import encode, paint

PHOTO = encode(paint("a boat", width=320, height=200, seed=1), "jpeg")


def me(town: Town) -> str:
    return f"<@{town.bot.user.id if town.bot.user else 0}>"


async def write(town: Town, person: Any, text: str, **more: Any) -> discord.Message:
    """Write into the channel and let what comes of it settle."""
    message = await person.send(town.channel, text, **more)
    await town.until_answered()
    return message


async def test_a_mention_with_words_is_drawn_as_a_reply(town: Town) -> None:
    asked = await write(town, town.alice, f"{me(town)} 16:9 x2 1K a fox in the snow")
    assert [(call["prompt"], call["aspectRatio"], call["size"]) for call in town.asked] == [
        ("a fox in the snow", "16:9", "1K")
    ] * 2
    assert len(gallery_of(town.message)) == 2
    assert town.message.reference is not None and town.message.reference.message_id == asked.id
    assert f"<@{town.alice.id}>" in town.card and "Again" in buttons_of(town.message)


async def test_a_reply_that_mentions_the_bot_remixes_its_picture(town: Town) -> None:
    await town.alice.slash(town.channel, "imagine", prompt="a fox", size="1K")
    card = town.message
    await write(town, town.bob, f"{me(town)} 1K in winter", reply_to=card)
    assert town.asked[1]["prompt"] == "in winter"
    assert town.asked[1]["image"] == card.attachments[0].url
    assert town.message.id != card.id and gallery_of(town.message)


async def test_a_mention_with_an_upload_remixes_that(town: Town) -> None:
    await write(town, town.alice, f"{me(town)} --ar 3:2 as a woodcut", attachments=[("boat.jpg", PHOTO)])
    assert town.asked[0]["prompt"] == "as a woodcut" and town.asked[0]["aspectRatio"] == "3:2"
    assert "boat.jpg" in town.asked[0]["image"]


async def test_the_second_of_several_pictures_is_named_by_its_number(town: Town) -> None:
    files = [("one.jpg", PHOTO), ("two.jpg", PHOTO)]
    await write(town, town.alice, f"{me(town)} #2 in oil", attachments=files)
    await write(town, town.alice, f"{me(town)} #7 in oil", attachments=files)
    assert ["two.jpg" in call["image"] for call in town.asked] == [True]
    assert "There are 2 pictures" in town.card


async def test_a_mention_without_a_prompt_is_told_what_to_write(town: Town) -> None:
    await write(town, town.alice, me(town))
    assert "Write what the picture should show" in town.card and not town.asked


async def test_anothers_picture_is_remixed_where_discord_shows_it(tmp_path: Path) -> None:
    async with open_town(tmp_path, MESSAGE_CONTENT_INTENT="true") as town:
        photo = await town.bob.send(town.channel, "my boat", attachments=[("boat.jpg", PHOTO)])
        await write(town, town.alice, f"{me(town)} at night", reply_to=photo)
        assert "boat.jpg" in town.asked[0]["image"]


async def test_where_discord_hides_anothers_picture_the_menu_is_pointed_at(town: Town) -> None:
    photo = await town.bob.send(town.channel, "", attachments=[("boat.jpg", PHOTO)])
    await write(town, town.alice, f"{me(town)} at night", reply_to=photo)
    if not town.asked:
        assert "Apps → Remix" in town.card
    else:
        assert "boat.jpg" in town.asked[0]["image"]


async def test_whoever_replies_without_a_mention_gets_one_hint_a_day(town: Town) -> None:
    await town.alice.slash(town.channel, "imagine", prompt="a fox", size="1K")
    card = town.message
    await write(town, town.bob, "in winter please", reply_to=card)
    hint = town.message
    assert "mention me" in text_of(hint)
    later = await write(town, town.bob, "hello?", reply_to=card)
    assert town.message.id == later.id
    assert len(town.asked) == 1


async def test_a_deleted_request_that_waits_is_dropped(tmp_path: Path) -> None:
    async with open_town(tmp_path, gated=True, RELAY_CONCURRENCY="1") as town:
        await town.alice.send(town.channel, f"{me(town)} one")
        asked = await town.bob.send(town.channel, f"{me(town)} two")
        card = town.message
        await town.bob.delete(asked)
        shown = town.env.backend.get_message(town.channel.id, card.id)
        assert "Cancelled" in str(shown.components)
        await town.until_answered()
        assert [call["prompt"] for call in town.asked] == ["one"]


async def test_messages_of_other_bots_and_those_for_nobody_are_left_alone(town: Town) -> None:
    last = await write(town, town.alice, "just talking about foxes")
    assert town.message.id == last.id and not town.asked


@pytest.mark.parametrize("missing", ["attach_files", "read_message_history"])
async def test_where_the_bot_may_not_answer_nothing_is_drawn(town: Town, missing: str) -> None:
    without = discord.PermissionOverwrite(**{missing: False})
    closed = town.guild.create_text_channel("closed", overwrites={town.bot.user: without})
    message = await town.alice.send(closed, f"{me(town)} a fox")
    await town.until_answered()
    assert closed.last_message.id == message.id and not town.asked
