"""Requests by mention over real sockets."""

from __future__ import annotations

import pytest

from tests.support.wire.discord_objects import BOT, BOT_ROLE, GENERAL
from tests.support.wire.mentions import assert_answered_once, mention, posting
from tests.support.wire.setup import ASKER, OTHER, WireEnvironment, draw

pytestmark = pytest.mark.asyncio(loop_scope="module")

TYPING = rf"channels/{GENERAL}/typing"


async def test_a_mention_shows_typing_and_is_answered_in_its_reply(
    environment: WireEnvironment,
) -> None:
    typed = len(environment.discord.calls("POST", TYPING))
    gate = environment.relay.hold("a fox")
    asked = await mention(environment, "a fox")
    await gate.wait()
    (card,) = environment.discord.replies(asked)
    assert len(environment.discord.calls("POST", TYPING)) == typed + 1
    assert "cancel" in str(card.buttons) and card.payload["allowed_mentions"]["parse"] == []
    gate.released.set()
    assert await assert_answered_once(environment, asked) is card
    assert f"<@{ASKER}>" in card.text


async def test_a_mention_of_the_bots_own_role_is_a_request(environment: WireEnvironment) -> None:
    asked = await environment.discord.write(ASKER, f"<@&{BOT_ROLE}> 1K a role")
    await assert_answered_once(environment, asked)
    assert environment.relay.calls("a role")


async def test_a_slow_typing_call_delays_no_request(
    environment: WireEnvironment,
) -> None:
    hold = environment.discord.hold_next("POST", TYPING, "before")
    asked = await mention(environment, "a lazy typist")
    await hold.wait()
    await assert_answered_once(environment, asked)
    hold.release()


async def test_a_reply_with_a_mention_remixes_the_picture_with_a_fresh_link(
    environment: WireEnvironment,
) -> None:
    _, card = await draw(environment.discord, "a boat")
    asked = await environment.discord.write(OTHER, f"<@{BOT}> 1K at night", reply_to=card)
    await assert_answered_once(environment, asked)
    (call,) = environment.relay.calls("at night")
    assert call["image"] in card.pictures[0].links


async def test_a_duplicate_event_is_answered_once(environment: WireEnvironment) -> None:
    asked = await mention(environment, "an owl")
    await environment.discord.send_message_event(asked)
    await assert_answered_once(environment, asked)
    await environment.bot.wait_for_log(f"interaction {asked.id} was delivered twice")


async def test_a_card_that_is_late_and_was_used_for_the_answer_stays(environment: WireEnvironment) -> None:
    hold = environment.discord.hold_next("POST", posting(GENERAL), "after")
    asked = await mention(environment, "slowly shown")
    await hold.wait()
    answer = await assert_answered_once(environment, asked)
    hold.release()
    # The late card is handled before the next request.
    await assert_answered_once(environment, await mention(environment, "the next one"))
    assert not answer.deleted
