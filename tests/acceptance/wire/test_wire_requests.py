"""The unmodified bot between a simulated Discord and a simulated relay, over real sockets."""

from __future__ import annotations

import asyncio
import re

import pytest

from tests.support.wire.discord_objects import GENERAL, GUILD, SECRET, StoredFile, StoredMessage, picture
from tests.support.wire.setup import (
    ASKER,
    CREDENTIALS,
    OTHER,
    WireEnvironment,
    assert_nothing_is_left,
    draw,
    loggers_leaking,
)

pytestmark = pytest.mark.asyncio(loop_scope="module")


def link_to(message: StoredMessage) -> str:
    return f"https://discord.com/channels/{GUILD}/{message.channel_id}/{message.id}"


async def test_a_request_becomes_a_waiting_card_and_then_its_picture(environment: WireEnvironment) -> None:
    discord, relay, bot = environment.discord, environment.relay, environment.bot
    gate = relay.hold("a red fox")
    asked = await discord.slash(ASKER, "imagine", prompt="a red fox", ratio="16:9", size="1K")
    await gate.wait()
    await discord.until(lambda: asked.response_message.edits, "the waiting card")
    assert "Waiting" in asked.response_message.text
    assert "a red fox" in asked.response_message.text
    assert bot.job(asked.id)["token"] == asked.token
    gate.released.set()
    message = await discord.outcome(asked)
    assert [picture.pixels for picture in message.pictures] == [(1280, 720)]
    assert re.search(rf"16:9 · 1280×720 · \d+ s · <@{ASKER}>", message.text)
    row = await bot.wait_until_answered(asked.id)
    assert (row["state"], row["token"]) == ("done", None)
    assert [(c["aspectRatio"], c["size"]) for c in relay.calls("a red fox")] == [("16:9", "1K")]


async def test_four_pictures_share_one_gallery_and_differ(environment: WireEnvironment) -> None:
    asked = await environment.discord.slash(ASKER, "imagine", prompt="four owls, png", count=4, size="1K")
    message = await environment.discord.outcome(asked)
    assert len({picture.content for picture in message.pictures}) == 4
    assert len({picture.name for picture in message.pictures}) == 4


async def test_an_upload_is_remixed_from_its_own_link(environment: WireEnvironment) -> None:
    upload = StoredFile("mine.png", picture(600, 400), GENERAL)
    asked = await environment.discord.slash(
        ASKER, "remix-file", image=upload, prompt="as a sketch", size="1K"
    )
    message = await environment.discord.outcome(asked)
    assert message.pictures[0].pixels == (1152, 768)  # 3:2, as the upload
    (call,) = environment.relay.calls("as a sketch")
    assert call["image"] == upload.links[-1]


async def test_a_message_link_is_remixed_from_a_freshly_signed_link(environment: WireEnvironment) -> None:
    _, source = await draw(environment.discord, "a lighthouse")
    (file,) = source.files
    old = list(file.links)
    asked = await environment.discord.slash(OTHER, "remix", url=link_to(source), prompt="at night", size="1K")
    await environment.discord.outcome(asked)
    (call,) = environment.relay.calls("at night")
    assert call["image"] == file.links[-1]
    assert call["image"] not in old
    assert "media.discordapp.net" not in call["image"]


async def test_again_on_a_remix_refreshes_the_link(environment: WireEnvironment) -> None:
    _, source = await draw(environment.discord, "a windmill")
    asked = await environment.discord.slash(ASKER, "remix", url=link_to(source), prompt="in snow", size="1K")
    again = await environment.discord.press(OTHER, await environment.discord.outcome(asked), "again")
    await environment.discord.outcome(again)
    first, second = environment.relay.calls("in snow")
    assert first["image"] != second["image"] == source.files[0].links[-1]


async def test_a_picture_from_a_channel_hidden_from_the_requester_is_refused(
    environment: WireEnvironment,
) -> None:
    _, message = await draw(environment.discord, "a hidden cave")
    message.channel_id = SECRET
    asked = await environment.discord.slash(OTHER, "remix", url=link_to(message), prompt="peeking", size="1K")
    await environment.discord.until(lambda: asked.response_message.edits, "the refusal")
    assert "can't read that message" in asked.response_message.text
    assert environment.relay.calls("peeking") == []


async def test_a_blocked_prompt_says_so_and_offers_to_edit_it(environment: WireEnvironment) -> None:
    prompt = "blocked-prompt knight"
    asked, message = await draw(environment.discord, prompt)
    assert "The safety filter refused your prompt" in message.text
    assert list(message.buttons.values()) == ["Edit prompt"]
    assert len(environment.relay.calls(prompt)) == 1
    assert (await environment.bot.wait_until_answered(asked.id))["token"] is None


async def test_again_draws_another_picture_in_a_new_message(environment: WireEnvironment) -> None:
    _, first = await draw(environment.discord, "a brass clock, png")
    again = await environment.discord.press(OTHER, first, "again")
    second = await environment.discord.outcome(again)
    assert second.id != first.id
    assert second.pictures[0].content != first.pictures[0].content
    assert f"<@{OTHER}>" in second.text


async def test_edit_opens_a_prefilled_modal_and_applies_the_changes(environment: WireEnvironment) -> None:
    _, first = await draw(environment.discord, "a teapot")
    form = await environment.discord.press(ASKER, first, "edit")
    fields = [label["component"] for label in form.modal["components"]]
    assert fields[0]["value"] == "a teapot"
    sent = await environment.discord.submit_modal(ASKER, form, prompt="a tall teapot", ratio="9:16")
    message = await environment.discord.outcome(sent)
    assert message.pictures[0].pixels == (720, 1280)
    assert [call["size"] for call in environment.relay.calls("a tall teapot")] == ["1K"]


async def test_remix_takes_the_picture_of_the_pressed_message(environment: WireEnvironment) -> None:
    _, first = await draw(environment.discord, "a canoe")
    form = await environment.discord.press(OTHER, first, "remix")
    sent = await environment.discord.submit_modal(OTHER, form, prompt="made of paper")
    await environment.discord.outcome(sent)
    (call,) = environment.relay.calls("made of paper")
    assert call["image"] == first.files[0].links[-1]


async def test_more_is_ephemeral_and_lets_the_requester_delete(
    environment: WireEnvironment,
) -> None:
    _, message = await draw(environment.discord, "a snail")
    stranger = await environment.discord.press(OTHER, message, "more")
    assert stranger.response_message.ephemeral
    assert list(stranger.response_message.buttons.values()) == ["Vary", "Save to my DMs"]
    more = await environment.discord.press(ASKER, message, "more")
    assert "New picture · 1:1 · 1K" in more.response_message.text
    await environment.discord.press(ASKER, more.response_message, "delete")
    page = more.response_message
    await environment.discord.until(lambda: "for everyone?" in page.text, "the question")
    assert not message.deleted
    await environment.discord.press(ASKER, page, "confirm")
    await environment.discord.until(lambda: message.deleted and "Deleted" in page.text, "that it is gone")


async def test_cancel_stops_a_running_job_for_its_requester_only(
    environment: WireEnvironment,
) -> None:
    discord, gate = environment.discord, environment.relay.hold("a slow whale")
    asked = await discord.slash(ASKER, "imagine", prompt="a slow whale", size="1K")
    await gate.wait()
    await discord.until(lambda: asked.response_message.buttons, "the waiting card")
    stranger = await discord.press(OTHER, asked.response_message, "cancel")
    assert stranger.response
    assert "Only the person who asked" in str(stranger.response)
    assert stranger.response["data"]["flags"] & 64
    await discord.press(ASKER, asked.response_message, "cancel")
    await environment.bot.wait_for_log(rf"job {environment.bot.job(asked.id)['id']} stopped")
    gate.released.set()
    assert "**Cancelled** by <@" in asked.response_message.text
    row = environment.bot.job(asked.id)
    assert (row["state"], row["token"]) == ("cancelled", None)


async def test_the_same_interaction_twice_makes_one_job(environment: WireEnvironment) -> None:
    discord, gate = environment.discord, environment.relay.hold("twins")
    asked = await discord.slash(ASKER, "imagine", prompt="twins", size="1K")
    await discord.send_event(asked)
    await discord.until(lambda: any(c.code == 40060 for c in discord.rest.calls), "the second try")
    gate.released.set()
    await discord.outcome(asked)
    await environment.bot.wait_until_answered(asked.id)
    assert len(environment.relay.calls("twins")) == 1


async def test_an_interaction_missed_while_reconnecting_is_answered(environment: WireEnvironment) -> None:
    discord = environment.discord
    before = discord.gateway.resumed
    await discord.gateway.ask_to_reconnect()
    asked = await discord.slash(ASKER, "imagine", prompt="a patient heron", size="1K", wait=False)
    await discord.until(lambda: discord.gateway.resumed > before, "the resume")
    await discord.outcome(asked)
    assert len(environment.relay.calls("a patient heron")) == 1


async def test_a_request_that_could_not_be_acknowledged_is_not_queued(environment: WireEnvironment) -> None:
    discord = environment.discord
    discord.fail_next("POST", "callback", 404, 10062)
    asked = await discord.slash(ASKER, "imagine", prompt="Too late", wait=False)
    await environment.bot.wait_for_log(rf"interaction {asked.id} can't be answered any more")
    assert asked.id not in [row["interaction_id"] for row in environment.bot.jobs()]


async def test_concurrent_requests_are_all_acknowledged_and_answered(environment: WireEnvironment) -> None:
    discord = environment.discord
    prompts = [f"blocked-prompt number {number}" for number in range(24)]
    asked = await asyncio.gather(
        *(discord.slash(600 + n, "imagine", prompt=prompt) for n, prompt in enumerate(prompts))
    )
    messages = await asyncio.gather(*(discord.outcome(each) for each in asked))
    assert len({message.id for message in messages}) == 24
    assert [len(environment.relay.calls(prompt)) for prompt in prompts] == [1] * 24


async def test_no_token_and_no_picture_is_left_at_the_end(environment: WireEnvironment) -> None:
    await assert_nothing_is_left(environment)


async def test_neither_bot_nor_relay_token_is_logged(started_environment: WireEnvironment) -> None:
    assert loggers_leaking(started_environment, CREDENTIALS) == set()


async def test_no_interaction_token_is_logged(started_environment: WireEnvironment) -> None:
    assert loggers_leaking(started_environment, list(started_environment.discord.interactions)) == set()
