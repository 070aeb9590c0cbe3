"""The way of an answer to its asker over real sockets: what Discord refuses, and lines that break."""

from __future__ import annotations

import re

import pytest

from tests.support.wire.discord_world import GENERAL, Exchange
from tests.support.wire.setup import (
    ASKER,
    CREDENTIALS,
    OTHER,
    World,
    assert_nothing_is_left,
    brings_files,
    draw,
    loggers_telling,
)

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def test_a_message_unknown_right_after_the_defer_is_tried_again(world: World) -> None:
    fault = world.discord.fail_next("PATCH", "webhooks", 404, 10008, when=brings_files)
    _, message = await draw(world.discord, "a new boat")
    assert fault.times == 0
    assert len(message.pictures) == 1
    assert world.discord.in_channel(GENERAL) == []


async def test_a_file_over_what_discord_takes_is_sent_smaller(world: World) -> None:
    discord = world.discord
    discord.promised, discord.largest_request = 120_000, 70_000
    _, message = await draw(discord, "a crowded market")
    assert [call.code for call in discord.desk.calls if call.status == 413] == [40005]
    assert len(message.pictures[0].content) <= 60_000
    assert message.pictures[0].pixels == (1024, 1024)
    assert "re-encoded" in message.text


async def test_a_file_far_under_the_promised_limit_is_sent_smaller_too(world: World) -> None:
    discord = world.discord
    discord.largest_request = 150_000
    _, message = await draw(discord, "a crowded harbour")
    assert len(message.pictures[0].content) <= 150_000
    assert message.pictures[0].pixels == (1024, 1024)


@pytest.mark.parametrize("status", [0, 1])
async def test_a_cut_off_waiting_card_does_not_trouble_anyone(world: World, status: int) -> None:
    prompt = f"unseen card {status}"
    fault = world.discord.fail_next("PATCH", "webhooks", status, when=lambda call: not call.files)
    _, message = await draw(world.discord, prompt)
    assert fault.times == 0
    assert "Sorry" not in str(message.edits)
    assert len(world.relay.calls(prompt)) == 1


async def test_a_prompt_that_automod_refuses_is_left_out(world: World) -> None:
    world.discord.banned_words = {"dragon"}
    _, message = await draw(world.discord, "a dragon at dawn")
    assert "dragon" not in str(message.payload)
    assert len(message.pictures) == 1


async def expire(world: World, prompt: str) -> Exchange:
    """Ask for a picture whose interaction's token is dead before it is there."""
    gate = world.relay.hold(prompt)
    asked = await world.discord.slash(ASKER, "imagine", prompt=prompt, size="1K")
    await gate.wait()
    await world.discord.until(lambda: asked.shown.edits, "the waiting card")
    asked.expired = True
    gate.released.set()
    return asked


async def test_after_the_token_died_a_message_in_the_channel_mentions_its_asker_alone(world: World) -> None:
    discord, before = world.discord, len(world.discord.in_channel(GENERAL))
    asked = await expire(world, "@everyone <@&77> a late train")
    await discord.until(lambda: len(discord.in_channel(GENERAL)) > before, "the message")
    message = discord.in_channel(GENERAL)[-1]
    allowed = message.payload["allowed_mentions"]
    assert [int(each) for each in allowed["users"]] == [ASKER]
    assert allowed["parse"] == []
    assert f"<@{ASKER}>" in message.text
    assert not re.search("@everyone|<@&77>", message.text)
    assert message.pictures[0].pixels == (1024, 1024)
    row = await world.bot.answered(asked.id)
    assert row["message_id"] == message.id
    again = await discord.press(OTHER, message, "again")
    await discord.outcome(again)


async def test_an_answer_for_one_persons_eyes_never_goes_to_the_channel(world: World) -> None:
    discord, before = world.discord, world.discord.in_channel(GENERAL)
    discord.ephemeral = True
    asked = await expire(world, "a secret garden")
    await world.bot.answered(asked.id)
    assert discord.in_channel(GENERAL) == before
    (message,) = discord.in_channel(discord.direct[ASKER])
    assert len(message.pictures) == 1


async def test_where_channel_and_person_are_closed_it_is_logged(world: World) -> None:
    discord = world.discord
    discord.direct.setdefault(ASKER, 7_901)
    discord.closed_channels = {GENERAL, discord.direct[ASKER]}
    asked = await expire(world, "nobody home")
    row = await world.bot.answered(asked.id)
    await world.bot.said(rf"job {row['id']}: its asker can't be reached anywhere")
    discord.closed_channels = set()
    history = await discord.slash(ASKER, "history", search="nobody home")
    await discord.until(lambda: history.shown.files, "the kept picture")
    assert [file.name for file in history.shown.files] == [f"kept-{row['id']}.jpg"]
    posted = await discord.press(ASKER, history.shown, "post")
    await discord.until(lambda: posted.shown.files, "the picture, posted")
    assert posted.shown.pictures[0].pixels == (1024, 1024)
    more = await discord.press(ASKER, posted.shown, "more")
    original = await discord.press(ASKER, more.shown, "original")
    await discord.until(lambda: original.shown.files, "the original")
    assert original.shown.ephemeral and original.shown.files[0].pixels == (1024, 1024)


async def test_a_cut_line_is_mended_at_once_and_the_same_message_answered(world: World) -> None:
    fault = world.discord.fail_next("PATCH", "webhooks", 0, when=brings_files)
    asked, message = await draw(world.discord, "over a bad line")
    row = await world.bot.answered(asked.id)
    assert fault.times == 0
    assert (row["message_id"], row["attempts"]) == (message.id, 1)
    assert f"job {row['id']}: the line broke" in world.bot.log
    assert len(world.relay.calls("over a bad line")) == 1


async def test_an_edit_that_discord_refuses_for_good_gives_way_to_a_message(world: World) -> None:
    discord, before = world.discord, len(world.discord.in_channel(GENERAL))
    world.discord.fail_next("PATCH", "webhooks", 400, 50035, when=brings_files)
    asked = await discord.slash(ASKER, "imagine", prompt="a refused edit", size="1K")
    await discord.until(lambda: len(discord.in_channel(GENERAL)) > before, "the message")
    assert discord.in_channel(GENERAL)[-1].pictures[0].pixels == (1024, 1024)
    await world.bot.answered(asked.id)


async def test_at_the_end_no_token_and_no_picture_is_left(world: World) -> None:
    await assert_nothing_is_left(world)


async def test_neither_bot_nor_relay_token_is_ever_written(whole_world: World) -> None:
    assert loggers_telling(whole_world, CREDENTIALS) == set()


async def test_no_interaction_token_is_ever_written(whole_world: World) -> None:
    assert loggers_telling(whole_world, list(whole_world.discord.exchanges)) == set()
