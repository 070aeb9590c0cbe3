"""Delivery over real sockets: refusals by Discord and broken connections."""

from __future__ import annotations

import re

import pytest

from tests.support.wire.discord_objects import GENERAL, StoredInteraction
from tests.support.wire.setup import (
    ASKER,
    CREDENTIALS,
    OTHER,
    WireEnvironment,
    assert_nothing_is_left,
    draw,
    has_files,
    loggers_leaking,
)

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def test_an_edit_right_after_the_defer_is_retried_while_unknown(environment: WireEnvironment) -> None:
    fault = environment.discord.fail_next("PATCH", "webhooks", 404, 10008, when=has_files)
    _, message = await draw(environment.discord, "a new boat")
    assert fault.times == 0
    assert len(message.pictures) == 1
    assert environment.discord.in_channel(GENERAL) == []


async def test_a_file_over_the_upload_limit_is_sent_smaller(environment: WireEnvironment) -> None:
    discord = environment.discord
    discord.attachment_size_limit, discord.max_request_size = 120_000, 70_000
    _, message = await draw(discord, "a crowded market, png")
    assert [call.code for call in discord.rest.calls if call.status == 413] == [40005]
    assert len(message.pictures[0].content) <= 60_000
    assert message.pictures[0].pixels == (1024, 1024)
    assert "re-encoded" in message.text


async def test_a_file_refused_below_the_announced_limit_is_sent_smaller(environment: WireEnvironment) -> None:
    discord = environment.discord
    discord.max_request_size = 150_000
    _, message = await draw(discord, "a crowded harbour, png")
    assert len(message.pictures[0].content) <= 150_000
    assert message.pictures[0].pixels == (1024, 1024)


@pytest.mark.parametrize("status", [0, 1])
async def test_a_failed_waiting_card_edit_does_not_affect_the_answer(
    environment: WireEnvironment, status: int
) -> None:
    prompt = f"unseen card {status}"
    fault = environment.discord.fail_next("PATCH", "webhooks", status, when=lambda call: not call.files)
    _, message = await draw(environment.discord, prompt)
    assert fault.times == 0
    assert "Sorry" not in str(message.edits)
    assert len(environment.relay.calls(prompt)) == 1


async def test_a_prompt_refused_by_automod_is_left_out(environment: WireEnvironment) -> None:
    environment.discord.banned_words = {"dragon"}
    _, message = await draw(environment.discord, "a dragon at dawn")
    assert "dragon" not in str(message.payload)
    assert len(message.pictures) == 1


async def expire(environment: WireEnvironment, prompt: str) -> StoredInteraction:
    """Request a picture whose interaction token expires before it is ready."""
    gate = environment.relay.hold(prompt)
    asked = await environment.discord.slash(ASKER, "imagine", prompt=prompt, size="1K")
    await gate.wait()
    await environment.discord.until(lambda: asked.response_message.edits, "the waiting card")
    asked.expired = True
    gate.released.set()
    return asked


async def test_after_token_expiry_a_channel_message_mentions_only_the_requester(
    environment: WireEnvironment,
) -> None:
    discord, before = environment.discord, len(environment.discord.in_channel(GENERAL))
    asked = await expire(environment, "@everyone <@&77> a late train")
    await discord.until(lambda: len(discord.in_channel(GENERAL)) > before, "the message")
    message = discord.in_channel(GENERAL)[-1]
    allowed = message.payload["allowed_mentions"]
    assert [int(each) for each in allowed["users"]] == [ASKER]
    assert allowed["parse"] == []
    assert f"<@{ASKER}>" in message.text
    assert not re.search("@everyone|<@&77>", message.text)
    assert message.pictures[0].pixels == (1024, 1024)
    row = await environment.bot.wait_until_answered(asked.id)
    assert row["message_id"] == message.id
    again = await discord.press(OTHER, message, "again")
    await discord.outcome(again)


async def test_an_ephemeral_answer_never_goes_to_the_channel(environment: WireEnvironment) -> None:
    discord, before = environment.discord, environment.discord.in_channel(GENERAL)
    discord.ephemeral = True
    asked = await expire(environment, "a secret garden")
    await environment.bot.wait_until_answered(asked.id)
    assert discord.in_channel(GENERAL) == before
    (message,) = discord.in_channel(discord.direct[ASKER])
    assert len(message.pictures) == 1


async def test_an_undeliverable_answer_is_logged(environment: WireEnvironment) -> None:
    discord = environment.discord
    discord.direct.setdefault(ASKER, 7_901)
    discord.closed_channels = {GENERAL, discord.direct[ASKER]}
    asked = await expire(environment, "nobody home")
    row = await environment.bot.wait_until_answered(asked.id)
    await environment.bot.wait_for_log(rf"job {row['id']}: its requester can't be reached anywhere")
    discord.closed_channels = set()
    history = await discord.slash(ASKER, "history", search="nobody home")
    await discord.until(lambda: history.response_message.files, "the kept picture")
    assert [file.name for file in history.response_message.files] == [f"kept-{row['id']}.jpg"]
    posted = await discord.press(ASKER, history.response_message, "post")
    await discord.until(lambda: posted.response_message.files, "the picture, posted")
    assert posted.response_message.pictures[0].pixels == (1024, 1024)
    more = await discord.press(ASKER, posted.response_message, "more")
    original = await discord.press(ASKER, more.response_message, "original")
    await discord.until(lambda: original.response_message.files, "the original")
    assert original.response_message.ephemeral and original.response_message.files[0].pixels == (1024, 1024)


async def test_a_broken_connection_is_retried_into_the_same_message(
    environment: WireEnvironment,
) -> None:
    fault = environment.discord.fail_next("PATCH", "webhooks", 0, when=has_files)
    asked, message = await draw(environment.discord, "over a bad line")
    row = await environment.bot.wait_until_answered(asked.id)
    assert fault.times == 0
    assert (row["message_id"], row["attempts"]) == (message.id, 1)
    assert f"job {row['id']}: the message could not be sent" in environment.bot.log
    assert len(environment.relay.calls("over a bad line")) == 1


async def test_a_permanently_refused_edit_falls_back_to_a_message(
    environment: WireEnvironment,
) -> None:
    discord, before = environment.discord, len(environment.discord.in_channel(GENERAL))
    environment.discord.fail_next("PATCH", "webhooks", 400, 50035, when=has_files)
    asked = await discord.slash(ASKER, "imagine", prompt="a refused edit", size="1K")
    await discord.until(lambda: len(discord.in_channel(GENERAL)) > before, "the message")
    assert discord.in_channel(GENERAL)[-1].pictures[0].pixels == (1024, 1024)
    await environment.bot.wait_until_answered(asked.id)


async def test_no_token_and_no_picture_is_left_at_the_end(environment: WireEnvironment) -> None:
    await assert_nothing_is_left(environment)


async def test_neither_bot_nor_relay_token_is_logged(started_environment: WireEnvironment) -> None:
    assert loggers_leaking(started_environment, CREDENTIALS) == set()


async def test_no_interaction_token_is_logged(started_environment: WireEnvironment) -> None:
    assert loggers_leaking(started_environment, list(started_environment.discord.interactions)) == set()
