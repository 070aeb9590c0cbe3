"""Requests that come as messages: what is read in them, and what becomes of them."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from tests.support.in_process.guild import BLIND, Town, buttons_of, gallery_of, open_town, text_of
from tests.support.in_process.messages import PHOTO, me, write


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


async def test_where_discord_hides_anothers_picture_the_menu_is_pointed_at(tmp_path: Path) -> None:
    async with open_town(tmp_path, approved=BLIND) as town:
        photo = await town.bob.send(town.channel, "my boat", attachments=[("boat.jpg", PHOTO)])
        await write(town, town.alice, f"{me(town)} at night", reply_to=photo)
        assert "Apps → Remix" in town.card and not town.asked


async def test_whoever_replies_without_a_mention_gets_one_hint_a_day(town: Town) -> None:
    await town.alice.slash(town.channel, "imagine", prompt="a fox", size="1K")
    card = town.message
    await write(town, town.bob, "in winter please", reply_to=card)
    hint = town.message
    assert "mention me" in text_of(hint)
    later = await write(town, town.bob, "hello?", reply_to=card)
    assert town.message.id == later.id
    assert len(town.asked) == 1


@pytest.mark.parametrize("intent", ["true", "false"])
async def test_mentions_are_read_with_and_without_the_privileged_intent(tmp_path: Path, intent: str) -> None:
    approved = BLIND if intent == "false" else None
    async with open_town(tmp_path, approved=approved, MESSAGE_CONTENT_INTENT=intent) as town:
        await write(town, town.alice, f"{me(town)} 1K x3 a fox")
        assert [call["prompt"] for call in town.asked] == ["a fox"] * 3
        await write(town, town.bob, f"{me(town)} 1K #2 in winter", reply_to=town.message)
        assert "jimeng-1-2" in town.asked[3]["image"] and town.asked[3]["prompt"] == "in winter"
        await write(town, town.alice, f"{me(town)} 1K in oil", attachments=[("boat.jpg", PHOTO)])
        assert "boat.jpg" in town.asked[4]["image"]


async def test_a_remix_takes_its_pictures_ratio_unless_one_is_asked_for(tmp_path: Path) -> None:
    async with open_town(tmp_path, MESSAGE_CONTENT_INTENT="true") as town:
        await town.app.personal.choose(town.alice.id, lambda old: replace(old, ratio="9:16"))
        photo = await town.bob.send(town.channel, "my boat", attachments=[("boat.jpg", PHOTO)])
        await write(town, town.alice, f"{me(town)} of unknown size", reply_to=photo)
        (stored,) = town.env.backend.get_message(town.channel.id, photo.id).attachments
        stored.update(width=320, height=200)
        await write(town, town.alice, f"{me(town)} in oil", reply_to=photo)
        await write(town, town.alice, f"{me(town)} 1:1 in oil", reply_to=photo)
        assert [call["aspectRatio"] for call in town.asked] == ["9:16", "3:2", "1:1"]


async def test_flags_with_values_that_are_not_offered_are_named_and_nothing_is_drawn(town: Town) -> None:
    await write(town, town.alice, f"{me(town)} a fox --ar 5:4 --size 8K --n 9 --v 6")
    said = town.card.replace("\\", "")
    assert (
        "--ar 5:4 · --size 8K · --n 9." in said
        and "16:9" in said
        and "1K, 2K, 4K" in said
        and "1 to 4" in said
    )
    assert "--v" not in said and not town.asked


async def test_a_count_over_what_is_left_of_the_day_is_refused(town: Town) -> None:
    await town.app.guilds.change(town.guild.id, town.moderator.id, lambda old: replace(old, daily=2))
    await write(town, town.alice, f"{me(town)} x3 a fox")
    assert "2 of 2" in town.card and not town.asked
    await write(town, town.alice, f"{me(town)} 1K x2 a fox")
    assert len(town.asked) == 2


async def test_what_fails_unforeseen_is_told_with_a_number_and_logged(
    town: Town, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fail(*_: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(town.bot.service, "submit", fail)
    asked = await write(town, town.alice, f"{me(town)} a fox")
    assert "something went wrong" in town.card and str(asked.id) in town.card
    assert town.message.reference is not None and town.message.reference.message_id == asked.id
    assert "ZeroDivisionError" in caplog.text
    path = "/channels/*/messages"
    town.env.inject_error("POST", path, status=500, times=None)
    await write(town, town.alice, f"{me(town)} a fox")
    assert "the answer could not be sent" in caplog.text


async def test_only_the_first_version_of_a_message_counts(town: Town) -> None:
    asked = await write(town, town.alice, f"{me(town)} 1K a fox")
    await town.alice.edit(asked, f"{me(town)} 1K a wolf")
    other = await write(town, town.alice, "an owl")
    await town.alice.edit(other, f"{me(town)} 1K an owl")
    await town.until_answered()
    assert [call["prompt"] for call in town.asked] == ["a fox"]


async def test_a_cards_failure_doesnt_take_the_answer_away(town: Town) -> None:
    town.env.inject_error("POST", f"/channels/{town.channel.id}/messages", status=400, code=50035)
    await town.alice.send(town.channel, f"{me(town)} 1K a fox")
    await town.env.advance_time(6)
    await town.until_answered()
    assert gallery_of(town.message)


async def test_messages_of_other_bots_webhooks_and_those_for_nobody_are_left_alone(town: Town) -> None:
    other = town.guild.add_member(town.env.create_user("robot", bot=True))
    await write(town, other, f"{me(town)} a fox")
    await town.guild.create_webhook(town.channel).send(f"{me(town)} a fox")
    last = await write(town, town.alice, "just talking about foxes")
    assert town.message.id == last.id and not town.asked
