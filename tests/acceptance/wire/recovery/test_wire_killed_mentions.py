"""Requests by mention over real sockets: answered once, whenever the process is killed."""

from __future__ import annotations

import signal

import pytest

from tests.support.wire.bot_under_test import RelayGate
from tests.support.wire.discord_objects import BOT, FAR, GENERAL, SECRET, StoredMessage
from tests.support.wire.discord_rest import RestCall
from tests.support.wire.mentions import assert_answered_once, mention, posting
from tests.support.wire.setup import ASKER, OTHER, WireEnvironment, has_files

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def kill(environment: WireEnvironment) -> None:
    assert await environment.bot.stop(signal.SIGKILL) == -signal.SIGKILL


def edits_of(message: StoredMessage) -> list[bool]:
    """Whether each version of a message had pictures."""
    return [bool(edit.get("attachments")) for edit in message.edits]


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
