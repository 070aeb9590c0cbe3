"""The unmodified bot between a simulated Discord and a simulated relay, over real sockets."""

from __future__ import annotations

import asyncio
import re

import pytest

from tests.support.wire.discord_objects import (
    GUILD,
    StoredMessage,
    user,
)
from tests.support.wire.setup import (
    ASKER,
    CREDENTIALS,
    OTHER,
    WireEnvironment,
    assert_nothing_is_left,
    draw,
    loggers_leaking,
)
from tests.support.wire.stored_files import picture, snowflake

FOREIGN_APP, ITS_USER = 503, 504

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


async def test_a_forwarded_picture_is_remixed_from_its_snapshot(environment: WireEnvironment) -> None:
    forward = await environment.discord.write(OTHER, "", files={"boat.png": picture(320, 200)})
    forward.forwarded = True
    forward.more = {
        "message_reference": {"type": 1, "message_id": str(snowflake()), "channel_id": str(snowflake())}
    }
    asked = await environment.discord.slash(ASKER, "remix", url=link_to(forward), prompt="in fog", size="1K")
    await environment.discord.outcome(asked)
    (call,) = environment.relay.calls("in fog")
    assert call["image"] == forward.files[0].links[-1]


async def test_whoever_a_foreign_app_answered_decides_about_its_picture(environment: WireEnvironment) -> None:
    discord = environment.discord
    answer = await discord.write(FOREIGN_APP, "", files={"boat.png": picture(320, 200)})
    answer.more = {
        "interaction_metadata": {
            "id": str(snowflake()),
            "type": 2,
            "user": user(ITS_USER),
            "authorizing_integration_owners": {"0": str(GUILD)},
        }
    }
    preferences = await discord.slash(ITS_USER, "preferences")
    await discord.until(lambda: preferences.message and preferences.message.buttons, "the preferences")
    await discord.press(ITS_USER, preferences.response_message, "remixes")
    await discord.until(lambda: "may not remix" in preferences.response_message.text, "the opt-out")
    asked = await discord.slash(ASKER, "remix", url=link_to(answer), prompt="in fog, too", size="1K")
    await discord.until(lambda: asked.followups, "the refusal")
    assert "doesn't allow remixes" in asked.followups[-1].text
    assert environment.relay.calls("in fog, too") == []


async def test_again_on_a_remix_refreshes_the_link(environment: WireEnvironment) -> None:
    _, source = await draw(environment.discord, "a windmill")
    asked = await environment.discord.slash(ASKER, "remix", url=link_to(source), prompt="in snow", size="1K")
    again = await environment.discord.press(OTHER, await environment.discord.outcome(asked), "again")
    await environment.discord.outcome(again)
    first, second = environment.relay.calls("in snow")
    assert first["image"] != second["image"] == source.files[0].links[-1]


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
