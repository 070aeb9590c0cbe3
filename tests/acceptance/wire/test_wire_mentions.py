"""Requests by mention over real sockets: answered once, whenever the process is killed."""

from __future__ import annotations

import signal

import pytest

from tests.support.wire.bot_under_test import RelayGate
from tests.support.wire.discord_objects import BOT, FAR, GENERAL, SECRET, StoredMessage
from tests.support.wire.discord_rest import RestCall
from tests.support.wire.setup import ASKER, OTHER, WireEnvironment, draw, has_files

pytestmark = pytest.mark.asyncio(loop_scope="module")

TYPING = rf"channels/{GENERAL}/typing"


def posting(channel_id: int) -> str:
    """The path of a channel's messages."""
    return rf"channels/{channel_id}/messages$"


async def mention(environment: WireEnvironment, prompt: str, channel_id: int = GENERAL) -> StoredMessage:
    return await environment.discord.write(ASKER, f"<@{BOT}> 1K {prompt}", channel_id=channel_id)


async def kill(environment: WireEnvironment) -> None:
    assert await environment.bot.stop(signal.SIGKILL) == -signal.SIGKILL


async def assert_answered_once(
    environment: WireEnvironment, asked: StoredMessage, *, drawn: int = 1, edits: int = 1
) -> StoredMessage:
    """One message replies to the request, it holds the picture, and the bot knows which it is."""
    answer = await environment.discord.answer(asked, 25)
    row = await environment.bot.wait_until_answered(asked.id)
    assert (row["state"], row["message_id"]) == ("done", answer.id)
    assert [each.pixels for each in answer.pictures] == [(1024, 1024)]
    assert sum(bool(edit.get("attachments")) for edit in answer.edits) == edits
    assert len(environment.relay.calls(row["prompt"])) == drawn
    assert environment.discord.replies(asked) == [answer]
    return answer


def edits_of(message: StoredMessage) -> list[bool]:
    """Whether each version of a message had pictures."""
    return [bool(edit.get("attachments")) for edit in message.edits]


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


async def test_killed_around_the_posting_of_cards_each_request_has_one_answer(
    environment: WireEnvironment,
) -> None:
    # One channel each: posts to the same channel wait for each other.
    unposted = environment.discord.hold_next("POST", posting(SECRET), "before")
    bare = await mention(environment, "kept, not shown", SECRET)
    await unposted.wait()
    unnoted = environment.discord.hold_next("POST", posting(GENERAL), "after")
    shown = await mention(environment, "shown, not noted")
    await unnoted.wait()
    elsewhere = environment.discord.hold_next("POST", posting(FAR), "after")
    hidden = await mention(environment, "shown, not to be found", FAR)
    await elsewhere.wait()
    await kill(environment)
    unposted.drop()
    for hold in (unnoted, elsewhere):
        hold.release()
    assert {row["message_id"] for row in environment.bot.jobs()[-3:]} == {0}
    (card,), (hidden_card,) = environment.discord.replies(shown), environment.discord.replies(hidden)
    closed = environment.discord.fail_next("GET", posting(FAR), 403, 50001)
    await environment.bot.start()
    assert edits_of(await assert_answered_once(environment, bare)) == [True]
    # Found among the replies, or by posting it again with the same nonce.
    assert await assert_answered_once(environment, shown) is card
    assert await assert_answered_once(environment, hidden) is hidden_card
    assert edits_of(card) == edits_of(hidden_card) == [False, True] and closed.times == 0


async def test_a_card_that_is_late_and_was_used_for_the_answer_stays(environment: WireEnvironment) -> None:
    hold = environment.discord.hold_next("POST", posting(GENERAL), "after")
    asked = await mention(environment, "slowly shown")
    await hold.wait()
    answer = await assert_answered_once(environment, asked)
    hold.release()
    # The late card is handled before the next request.
    await assert_answered_once(environment, await mention(environment, "the next one"))
    assert not answer.deleted


async def test_a_request_killed_while_generating_is_generated_again_into_its_card(
    environment: WireEnvironment,
) -> None:
    gate = environment.relay.hold("half a fox")
    asked = await mention(environment, "half a fox")
    await gate.wait()
    (card,) = environment.discord.replies(asked)
    await kill(environment)
    gate.released.set()
    await environment.bot.start()
    assert await assert_answered_once(environment, asked, drawn=2) is card


async def test_killed_before_the_delivery_a_drawn_picture_is_not_drawn_again(
    environment: WireEnvironment,
) -> None:
    hold = environment.discord.hold_next("PATCH", "messages", "before", when=has_files)
    asked = await mention(environment, "drawn, not sent")
    await hold.wait()
    await kill(environment)
    hold.drop()
    assert environment.bot.job(asked.id)["state"] == "drawn"
    await environment.bot.start()
    await assert_answered_once(environment, asked)


async def test_killed_before_it_learns_of_the_delivery_the_same_card_is_edited_again(
    environment: WireEnvironment,
) -> None:
    hold = environment.discord.hold_next("PATCH", "messages", "after", when=has_files)
    asked = await mention(environment, "sent, not known")
    await hold.wait()
    await kill(environment)
    hold.release()
    (card,) = environment.discord.replies(asked)

    def delivering() -> list[RestCall]:
        return [call for call in environment.discord.calls("PATCH", str(card.id)) if call.files]

    await environment.bot.start()
    await environment.discord.until(lambda: len(delivering()) == 2, "the repetition")
    assert await assert_answered_once(environment, asked, edits=2) is card


async def occupy(environment: WireEnvironment) -> list[RelayGate]:
    """Occupy all four slots, so that further requests wait."""
    gates = [environment.relay.hold("keeps it busy") for _ in range(4)]
    if not environment.bot.running:
        await environment.bot.start()
    else:
        for person in (ASKER, ASKER, OTHER, OTHER):
            await environment.discord.write(person, f"<@{BOT}> 1K keeps it busy")
    for gate in gates:
        await gate.wait()
    return gates


def with_card(environment: WireEnvironment) -> set[int]:
    return {row["interaction_id"] for row in environment.bot.jobs() if row["message_id"]}


async def test_requests_deleted_after_a_restart_are_dropped_in_their_cards(
    environment: WireEnvironment,
) -> None:
    gates = await occupy(environment)
    noted = [await mention(environment, f"never mind {number}") for number in range(2)]
    ids = {message.id for message in noted}
    await environment.discord.until(lambda: ids <= with_card(environment), "that their cards are noted")
    hold = environment.discord.hold_next("POST", posting(GENERAL), "after")
    unnoted = await mention(environment, "never mind, not noted")
    await hold.wait()
    await kill(environment)
    for gate in (hold.released, *(gate.released for gate in gates)):
        gate.set()
    gates = await occupy(environment)
    await environment.discord.delete(unnoted)
    await environment.discord.delete(*noted)
    for message in (unnoted, *noted):
        (card,) = environment.discord.replies(message)
        await environment.discord.until(lambda card=card: "Cancelled" in card.text, "that it is dropped")
        assert environment.bot.job(message.id)["state"] == "cancelled"
    for gate in gates:
        gate.released.set()
    assert not any("never mind" in call["prompt"] for call in environment.relay.requests)
