"""The unmodified bot between a simulated Discord and a simulated relay, over real sockets."""

from __future__ import annotations

import asyncio
import re

import pytest

from tests.support.wire.discord_world import GENERAL, GUILD, SECRET, StoredFile, StoredMessage, picture
from tests.support.wire.setup import (
    ASKER,
    CREDENTIALS,
    OTHER,
    World,
    assert_nothing_is_left,
    draw,
    loggers_telling,
)

pytestmark = pytest.mark.asyncio(loop_scope="module")


def link_to(message: StoredMessage) -> str:
    return f"https://discord.com/channels/{GUILD}/{message.channel_id}/{message.id}"


async def test_a_request_becomes_a_waiting_card_and_then_its_picture(world: World) -> None:
    discord, relay, bot = world.discord, world.relay, world.bot
    gate = relay.hold("a red fox")
    asked = await discord.slash(ASKER, "imagine", prompt="a red fox", ratio="16:9", size="1K")
    await gate.wait()
    await discord.until(lambda: asked.shown.edits, "the waiting card")
    assert "Waiting" in asked.shown.text
    assert "a red fox" in asked.shown.text
    assert bot.job(asked.id)["token"] == asked.token
    gate.released.set()
    message = await discord.outcome(asked)
    assert [picture.pixels for picture in message.pictures] == [(1280, 720)]
    assert re.search(rf"16:9 · 1280×720 · \d+ s · <@{ASKER}>", message.text)
    row = await bot.answered(asked.id)
    assert (row["state"], row["token"]) == ("done", None)
    assert [(c["aspectRatio"], c["size"]) for c in relay.calls("a red fox")] == [("16:9", "1K")]


async def test_four_pictures_stand_in_one_gallery_and_differ(world: World) -> None:
    asked = await world.discord.slash(ASKER, "imagine", prompt="four owls", count=4, size="1K")
    message = await world.discord.outcome(asked)
    assert len({picture.content for picture in message.pictures}) == 4
    assert len({picture.name for picture in message.pictures}) == 4


async def test_an_upload_is_remixed_from_its_own_link(world: World) -> None:
    upload = StoredFile("mine.png", picture(600, 400), GENERAL)
    asked = await world.discord.slash(ASKER, "remix-file", image=upload, prompt="as a sketch", size="1K")
    message = await world.discord.outcome(asked)
    assert message.pictures[0].pixels == (1024, 1024)
    (call,) = world.relay.calls("as a sketch")
    assert call["image"] == upload.links[-1]


async def test_a_message_link_is_remixed_from_a_freshly_signed_link(world: World) -> None:
    _, source = await draw(world.discord, "a lighthouse")
    (file,) = source.files
    old = list(file.links)
    asked = await world.discord.slash(OTHER, "remix", url=link_to(source), prompt="at night", size="1K")
    await world.discord.outcome(asked)
    (call,) = world.relay.calls("at night")
    assert call["image"] == file.links[-1]
    assert call["image"] not in old
    assert "media.discordapp.net" not in call["image"]


async def test_again_on_a_remix_asks_for_the_link_once_more(world: World) -> None:
    _, source = await draw(world.discord, "a windmill")
    asked = await world.discord.slash(ASKER, "remix", url=link_to(source), prompt="in snow", size="1K")
    again = await world.discord.press(OTHER, await world.discord.outcome(asked), "again")
    await world.discord.outcome(again)
    first, second = world.relay.calls("in snow")
    assert first["image"] != second["image"] == source.files[0].links[-1]


async def test_a_picture_in_a_channel_that_the_asker_cannot_see_is_refused(world: World) -> None:
    _, message = await draw(world.discord, "a hidden cave")
    message.channel_id = SECRET
    asked = await world.discord.slash(OTHER, "remix", url=link_to(message), prompt="peeking", size="1K")
    await world.discord.until(lambda: asked.shown.edits, "the refusal")
    assert "can't be read here" in asked.shown.text
    assert world.relay.calls("peeking") == []


async def test_a_blocked_prompt_says_so_and_offers_to_edit_it(world: World) -> None:
    prompt = "blocked-prompt knight"
    asked, message = await draw(world.discord, prompt)
    assert "The safety filter refused the prompt" in message.text
    assert list(message.buttons.values()) == ["Edit prompt"]
    assert len(world.relay.calls(prompt)) == 1
    assert (await world.bot.answered(asked.id))["token"] is None


async def test_again_draws_another_picture_in_a_new_message(world: World) -> None:
    _, first = await draw(world.discord, "a brass clock")
    again = await world.discord.press(OTHER, first, "again")
    second = await world.discord.outcome(again)
    assert second.id != first.id
    assert second.pictures[0].content != first.pictures[0].content
    assert f"<@{OTHER}>" in second.text


async def test_edit_opens_a_prefilled_form_and_draws_what_was_changed(world: World) -> None:
    _, first = await draw(world.discord, "a teapot")
    form = await world.discord.press(ASKER, first, "edit")
    fields = [label["component"] for label in form.modal["components"]]
    assert fields[0]["value"] == "a teapot"
    sent = await world.discord.submit_modal(ASKER, form, prompt="a tall teapot", ratio="9:16")
    message = await world.discord.outcome(sent)
    assert message.pictures[0].pixels == (720, 1280)
    assert [call["size"] for call in world.relay.calls("a tall teapot")] == ["1K"]


async def test_remix_takes_the_picture_of_the_pressed_message(world: World) -> None:
    _, first = await draw(world.discord, "a canoe")
    form = await world.discord.press(OTHER, first, "remix")
    sent = await world.discord.submit_modal(OTHER, form, prompt="made of paper")
    await world.discord.outcome(sent)
    (call,) = world.relay.calls("made of paper")
    assert call["image"] == first.files[0].links[-1]


async def test_more_tells_the_settings_to_one_person_and_lets_the_asker_delete(world: World) -> None:
    _, message = await draw(world.discord, "a snail")
    stranger = await world.discord.press(OTHER, message, "more")
    assert stranger.shown.ephemeral
    assert list(stranger.shown.buttons.values()) == ["Save to my DMs"]
    more = await world.discord.press(ASKER, message, "more")
    assert "New picture · 1:1 · 1K" in more.shown.text
    await world.discord.press(ASKER, more.shown, "delete")
    await world.discord.until(lambda: message.deleted and more.shown.deleted, "that both are gone")


async def test_cancel_stops_a_job_that_is_being_drawn_for_its_asker_alone(world: World) -> None:
    discord, gate = world.discord, world.relay.hold("a slow whale")
    asked = await discord.slash(ASKER, "imagine", prompt="a slow whale", size="1K")
    await gate.wait()
    await discord.until(lambda: asked.shown.buttons, "the waiting card")
    stranger = await discord.press(OTHER, asked.shown, "cancel")
    assert stranger.response
    assert "Only the person who asked" in str(stranger.response)
    assert stranger.response["data"]["flags"] & 64
    await discord.press(ASKER, asked.shown, "cancel")
    await world.bot.said(rf"job {world.bot.job(asked.id)['id']} stopped")
    gate.released.set()
    assert "**Cancelled.**" in asked.shown.text
    row = world.bot.job(asked.id)
    assert (row["state"], row["token"]) == ("cancelled", None)


async def test_the_same_interaction_twice_makes_one_job(world: World) -> None:
    discord, gate = world.discord, world.relay.hold("twins")
    asked = await discord.slash(ASKER, "imagine", prompt="twins", size="1K")
    await discord.push(asked)
    await discord.until(lambda: any(c.code == 40060 for c in discord.desk.calls), "the second try")
    gate.released.set()
    await discord.outcome(asked)
    await world.bot.answered(asked.id)
    assert len(world.relay.calls("twins")) == 1


async def test_an_interaction_missed_while_reconnecting_is_answered(world: World) -> None:
    discord = world.discord
    before = discord.gateway.resumed
    await discord.gateway.ask_to_reconnect()
    asked = await discord.slash(ASKER, "imagine", prompt="a patient heron", size="1K", wait=False)
    await discord.until(lambda: discord.gateway.resumed > before, "the resume")
    await discord.outcome(asked)
    assert len(world.relay.calls("a patient heron")) == 1


async def test_what_could_not_be_acknowledged_is_not_queued(world: World) -> None:
    discord = world.discord
    discord.fail_next("POST", "callback", 404, 10062)
    asked = await discord.slash(ASKER, "imagine", prompt="too late", wait=False)
    await world.bot.said(rf"interaction {asked.id} can't be answered any more")
    assert asked.id not in [row["interaction_id"] for row in world.bot.jobs()]


async def test_many_people_at_once_are_all_acknowledged_and_answered(world: World) -> None:
    discord = world.discord
    prompts = [f"blocked-prompt number {number}" for number in range(24)]
    asked = await asyncio.gather(
        *(discord.slash(600 + n, "imagine", prompt=prompt) for n, prompt in enumerate(prompts))
    )
    messages = await asyncio.gather(*(discord.outcome(each) for each in asked))
    assert len({message.id for message in messages}) == 24
    assert [len(world.relay.calls(prompt)) for prompt in prompts] == [1] * 24


async def test_at_the_end_no_token_and_no_picture_is_left(world: World) -> None:
    await assert_nothing_is_left(world)


async def test_neither_bot_nor_relay_token_is_ever_written(whole_world: World) -> None:
    assert loggers_telling(whole_world, CREDENTIALS) == set()


async def test_no_interaction_token_is_ever_written(whole_world: World) -> None:
    assert loggers_telling(whole_world, list(whole_world.discord.exchanges)) == set()
