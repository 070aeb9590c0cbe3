"""Requests by message: parsing, acceptance and answers."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from bot.domain.errors import StorageUnavailable
from bot.domain.guild_settings import GuildSettings
from tests.support.in_process.guild import NO_PRIVILEGED_INTENTS, SimulatedGuild, open_simulation
from tests.support.in_process.message_parts import buttons_of, file_urls, gallery_of, text_of
from tests.support.in_process.messages import PHOTO, bot_mention, notifying_replies, write
from tests.support.in_process.settings_manager import change_settings


async def test_a_mention_is_answered_by_a_reply(sim: SimulatedGuild) -> None:
    asked = await write(sim, sim.alice, f"{bot_mention(sim)} 16:9 x2 1K a fox in the snow")
    assert [(call["prompt"], call["aspectRatio"], call["size"]) for call in sim.relay_requests] == [
        ("a fox in the snow", "16:9", "1K")
    ] * 2
    assert len(gallery_of(sim.message)) == 2
    assert sim.message.reference is not None and sim.message.reference.message_id == asked.id
    assert f"<@{sim.alice.id}>" in sim.card and "Again" in buttons_of(sim.message)


async def test_a_reply_that_mentions_the_bot_remixes_its_picture(sim: SimulatedGuild) -> None:
    await sim.alice.slash(sim.channel, "imagine", prompt="a fox", size="1K")
    card = sim.message
    await write(sim, sim.bob, f"{bot_mention(sim)} 1K in winter", reply_to=card)
    assert sim.relay_requests[1]["prompt"] == "in winter"
    assert sim.relay_requests[1]["image"] == file_urls(card)[0]
    assert sim.message.id != card.id and gallery_of(sim.message)


async def test_a_mention_with_an_upload_remixes_that(sim: SimulatedGuild) -> None:
    await write(
        sim, sim.alice, f"{bot_mention(sim)} --ar 3:2 as a woodcut", attachments=[("boat.jpg", PHOTO)]
    )
    assert sim.relay_requests[0]["prompt"] == "as a woodcut" and sim.relay_requests[0]["aspectRatio"] == "3:2"
    assert "boat.jpg" in sim.relay_requests[0]["image"]


async def test_one_of_several_pictures_is_chosen_by_its_number(sim: SimulatedGuild) -> None:
    files = [("one.jpg", PHOTO), ("two.jpg", PHOTO)]
    await write(sim, sim.alice, f"{bot_mention(sim)} #2 in oil", attachments=files)
    await write(sim, sim.alice, f"{bot_mention(sim)} #7 in oil", attachments=files)
    assert ["two.jpg" in call["image"] for call in sim.relay_requests] == [True]
    assert "There are 2 pictures" in sim.card


async def test_a_mention_without_a_prompt_is_answered_with_instructions(sim: SimulatedGuild) -> None:
    await write(sim, sim.alice, bot_mention(sim))
    assert "Describe what the picture should show" in sim.card and not sim.relay_requests


async def test_another_members_picture_is_remixed_with_the_privileged_intent(tmp_path: Path) -> None:
    async with open_simulation(tmp_path, MESSAGE_CONTENT_INTENT="true") as sim:
        photo = await sim.bob.send(sim.channel, "my boat", attachments=[("boat.jpg", PHOTO)])
        await write(sim, sim.alice, f"{bot_mention(sim)} at night", reply_to=photo)
        assert "boat.jpg" in sim.relay_requests[0]["image"]


async def test_without_the_privileged_intent_the_answer_names_the_context_menu(tmp_path: Path) -> None:
    async with open_simulation(tmp_path, approved=NO_PRIVILEGED_INTENTS) as sim:
        photo = await sim.bob.send(sim.channel, "my boat", attachments=[("boat.jpg", PHOTO)])
        await write(sim, sim.alice, f"{bot_mention(sim)} at night", reply_to=photo)
        assert "Apps → Remix" in sim.card and not sim.relay_requests


async def test_a_reply_without_a_mention_gets_one_hint_that_goes_after_a_moment(sim: SimulatedGuild) -> None:
    await sim.alice.slash(sim.channel, "imagine", prompt="a fox", size="1K")
    card = sim.message
    await write(sim, sim.bob, "in winter please", reply_to=card)
    hint = sim.message
    assert "mention me" in text_of(hint)
    await sim.env.advance_time(29)
    assert sim.message.id == hint.id
    await sim.env.advance_time(2)
    assert hint.id not in {message.id for message in sim.channel.history()}
    later = await write(sim, sim.bob, "hello?", reply_to=card)
    assert sim.message.id == later.id
    assert len(sim.relay_requests) == 1


async def test_hints_that_are_still_shown_are_deleted_when_the_bot_stops(tmp_path: Path) -> None:
    async with open_simulation(tmp_path) as sim:
        await sim.alice.slash(sim.channel, "imagine", prompt="a fox", size="1K")
        asked = await write(sim, sim.bob, "in winter please", reply_to=sim.message)
        assert sim.message.id != asked.id
        await sim.bot.unload_extension("cogs.replies")
        assert sim.message.id == asked.id


async def test_with_the_intent_every_reply_to_a_picture_counts_where_the_server_says_so(
    tmp_path: Path,
) -> None:
    async with open_simulation(tmp_path, MESSAGE_CONTENT_INTENT="true") as sim:
        await sim.alice.slash(sim.channel, "imagine", prompt="a fox", size="1K")
        card = sim.message
        await write(sim, sim.bob, "in winter", reply_to=card)
        assert "mention me" in sim.card and len(sim.relay_requests) == 1
        await change_settings(sim, replies_without_mention=True)
        for chat in ("thanks, that looks great!", "👍"):
            last = await write(sim, sim.alice, chat, reply_to=card)
            assert sim.message.id == last.id and len(sim.relay_requests) == 1
        last = await write(sim, sim.alice, "just chatting", reply_to=last)
        assert sim.message.id == last.id and len(sim.relay_requests) == 1
        await write(sim, sim.bob, "in winter", reply_to=card)
        asked = sim.relay_requests[1]
        assert (asked["prompt"], asked["size"], asked["image"]) == ("in winter", "1K", file_urls(card)[0])


async def test_while_the_servers_settings_cannot_be_read_a_reply_is_no_request(
    sim: SimulatedGuild, monkeypatch: pytest.MonkeyPatch
) -> None:
    await write(sim, sim.alice, f"{bot_mention(sim)} 1K a fox")
    card = sim.message

    async def fail(_: object) -> GuildSettings:
        raise StorageUnavailable

    monkeypatch.setattr(sim.bot.services.guilds, "settings", fail)
    with notifying_replies(sim):
        await write(sim, sim.bob, "in winter", reply_to=card)
    assert len(sim.relay_requests) == 1


@pytest.mark.parametrize("intent", ["true", "false"])
async def test_mentions_work_with_and_without_the_privileged_intent(tmp_path: Path, intent: str) -> None:
    approved = NO_PRIVILEGED_INTENTS if intent == "false" else None
    async with open_simulation(tmp_path, approved=approved, MESSAGE_CONTENT_INTENT=intent) as sim:
        await write(sim, sim.alice, f"{bot_mention(sim)} 1K x3 a fox")
        assert [call["prompt"] for call in sim.relay_requests] == ["a fox"] * 3
        await write(sim, sim.bob, f"{bot_mention(sim)} 1K #2 in winter", reply_to=sim.message)
        assert (
            "jimeng-1-2" in sim.relay_requests[3]["image"] and sim.relay_requests[3]["prompt"] == "in winter"
        )
        await write(sim, sim.alice, f"{bot_mention(sim)} 1K in oil", attachments=[("boat.jpg", PHOTO)])
        assert "boat.jpg" in sim.relay_requests[4]["image"]


async def test_a_remix_keeps_the_pictures_ratio_unless_one_is_given(tmp_path: Path) -> None:
    async with open_simulation(tmp_path, MESSAGE_CONTENT_INTENT="true") as sim:
        await sim.app.services.members.change_preferences(
            sim.alice.id, lambda old: replace(old, ratio="9:16")
        )
        photo = await sim.bob.send(sim.channel, "my boat", attachments=[("boat.jpg", PHOTO)])
        await write(sim, sim.alice, f"{bot_mention(sim)} of unknown size", reply_to=photo)
        (stored,) = sim.env.backend.get_message(sim.channel.id, photo.id).attachments
        stored.update(width=320, height=200)
        await write(sim, sim.alice, f"{bot_mention(sim)} in oil", reply_to=photo)
        await write(sim, sim.alice, f"{bot_mention(sim)} 1:1 in oil", reply_to=photo)
        assert [call["aspectRatio"] for call in sim.relay_requests] == ["9:16", "3:2", "1:1"]


async def test_flags_with_unsupported_values_are_named_and_nothing_is_drawn(
    sim: SimulatedGuild,
) -> None:
    await write(sim, sim.alice, f"{bot_mention(sim)} a fox --ar 5:4 --size 8K --n 9 --v 6")
    said = sim.card.replace("\\", "")
    assert (
        "--ar 5:4 · --size 8K · --n 9." in said
        and "16:9" in said
        and "1K, 2K, 4K" in said
        and "1 to 4" in said
    )
    assert "--v" not in said and not sim.relay_requests


async def test_a_count_over_the_remaining_quota_is_refused(sim: SimulatedGuild) -> None:
    await sim.app.stores.guilds.change(sim.guild.id, sim.moderator.id, lambda old: replace(old, daily=2))
    await write(sim, sim.alice, f"{bot_mention(sim)} x3 a fox")
    assert "2 of today's 2" in sim.card and not sim.relay_requests
    await write(sim, sim.alice, f"{bot_mention(sim)} 1K x2 a fox")
    assert len(sim.relay_requests) == 2


async def test_an_unexpected_error_is_shown_with_an_incident_number_and_logged(
    sim: SimulatedGuild, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fail(*_: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(sim.bot.services.requests, "submit", fail)
    asked = await write(sim, sim.alice, f"{bot_mention(sim)} a fox")
    assert "something went wrong" in sim.card and str(asked.id) in sim.card
    assert sim.message.reference is not None and sim.message.reference.message_id == asked.id
    assert "ZeroDivisionError" in caplog.text
    path = "/channels/*/messages"
    sim.env.inject_error("POST", path, status=500, times=None)
    await write(sim, sim.alice, f"{bot_mention(sim)} a fox")
    assert "the answer could not be sent" in caplog.text


async def test_only_the_first_version_of_a_message_counts(sim: SimulatedGuild) -> None:
    asked = await write(sim, sim.alice, f"{bot_mention(sim)} 1K a fox")
    await sim.alice.edit(asked, f"{bot_mention(sim)} 1K a wolf")
    other = await write(sim, sim.alice, "an owl")
    await sim.alice.edit(other, f"{bot_mention(sim)} 1K an owl")
    await sim.finish_jobs()
    assert [call["prompt"] for call in sim.relay_requests] == ["a fox"]


async def test_an_answer_is_delivered_even_if_its_card_could_not_be_posted(sim: SimulatedGuild) -> None:
    sim.env.inject_error("POST", f"/channels/{sim.channel.id}/messages", status=400, code=50035)
    await sim.alice.send(sim.channel, f"{bot_mention(sim)} 1K a fox")
    await sim.env.advance_time(6)
    await sim.finish_jobs()
    assert gallery_of(sim.message)


async def test_messages_of_bots_and_webhooks_and_without_a_mention_are_ignored(
    sim: SimulatedGuild,
) -> None:
    other = sim.guild.add_member(sim.env.create_user("robot", bot=True))
    await write(sim, other, f"{bot_mention(sim)} a fox")
    await sim.guild.create_webhook(sim.channel).send(f"{bot_mention(sim)} a fox")
    last = await write(sim, sim.alice, "just talking about foxes")
    assert sim.message.id == last.id and not sim.relay_requests
