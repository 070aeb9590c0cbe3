"""Requests that come as messages, over real sockets: answered once, whenever the process is killed."""

from __future__ import annotations

import signal

import pytest

from tests.support.wire.bot_under_test import RelayGate
from tests.support.wire.discord_rest import Call
from tests.support.wire.discord_world import BOT, FAR, GENERAL, SECRET, StoredMessage, picture
from tests.support.wire.setup import ASKER, OTHER, World, brings_files, draw

pytestmark = pytest.mark.asyncio(loop_scope="module")

TYPING = rf"channels/{GENERAL}/typing"


def posting(channel_id: int) -> str:
    """The path of a channel's messages."""
    return rf"channels/{channel_id}/messages$"


async def mention(world: World, prompt: str, channel_id: int = GENERAL) -> StoredMessage:
    return await world.discord.write(ASKER, f"<@{BOT}> 1K {prompt}", channel_id=channel_id)


async def kill(world: World) -> None:
    assert await world.bot.stop(signal.SIGKILL) == -signal.SIGKILL


async def assert_answered_once(
    world: World, asked: StoredMessage, *, drawn: int = 1, edits: int = 1
) -> StoredMessage:
    """One message replies to the request, it holds the picture, and the bot knows which it is."""
    answer = await world.discord.answer(asked, 25)
    row = await world.bot.answered(asked.id)
    assert (row["state"], row["message_id"]) == ("done", answer.id)
    assert [each.pixels for each in answer.pictures] == [(1024, 1024)]
    assert sum(bool(edit.get("attachments")) for edit in answer.edits) == edits
    assert len(world.relay.calls(row["prompt"])) == drawn
    assert world.discord.replies(asked) == [answer]
    return answer


def edits_of(message: StoredMessage) -> list[bool]:
    """Whether each version of a message had pictures."""
    return [bool(edit.get("attachments")) for edit in message.edits]


async def test_a_mention_is_seen_typed_for_replied_to_and_answered_in_that_reply(world: World) -> None:
    typed = len(world.discord.calls("POST", TYPING))
    gate = world.relay.hold("a fox")
    asked = await mention(world, "a fox")
    await gate.wait()
    (card,) = world.discord.replies(asked)
    assert len(world.discord.calls("POST", TYPING)) == typed + 1
    assert "cancel" in str(card.buttons) and card.payload["allowed_mentions"]["parse"] == []
    gate.released.set()
    assert await assert_answered_once(world, asked) is card
    assert f"<@{ASKER}>" in card.text


async def test_what_is_typed_slowly_keeps_no_request_from_being_kept_and_shown(world: World) -> None:
    hold = world.discord.hold_next("POST", TYPING, "before")
    asked = await mention(world, "a lazy typist")
    await hold.wait()
    await assert_answered_once(world, asked)
    hold.release()


async def test_a_reply_with_a_mention_remixes_the_picture_with_a_fresh_link(world: World) -> None:
    _, card = await draw(world.discord, "a boat")
    asked = await world.discord.write(OTHER, f"<@{BOT}> 1K at night", reply_to=card)
    await assert_answered_once(world, asked)
    (call,) = world.relay.calls("at night")
    assert call["image"] in card.pictures[0].links


async def test_a_mention_with_an_upload_remixes_that_in_its_own_ratio(world: World) -> None:
    asked = await world.discord.write(ASKER, f"<@{BOT}> 1K in oil", files={"boat.png": picture(1600, 900)})
    await world.discord.answer(asked)
    (call,) = world.relay.calls("in oil")
    assert call["aspectRatio"] == "16:9" and "boat.png" in call["image"]


async def test_an_event_that_comes_twice_is_answered_once(world: World) -> None:
    asked = await mention(world, "an owl")
    await world.discord.announce(asked)
    await assert_answered_once(world, asked)
    await world.bot.said(f"interaction {asked.id} came twice")


async def test_killed_around_the_posting_of_cards_each_request_has_one_answer(world: World) -> None:
    # In a channel each, as one posting waits for the other in the same.
    unposted = world.discord.hold_next("POST", posting(SECRET), "before")
    bare = await mention(world, "kept, not shown", SECRET)
    await unposted.wait()
    unnoted = world.discord.hold_next("POST", posting(GENERAL), "after")
    shown = await mention(world, "shown, not noted")
    await unnoted.wait()
    elsewhere = world.discord.hold_next("POST", posting(FAR), "after")
    hidden = await mention(world, "shown, not to be found", FAR)
    await elsewhere.wait()
    await kill(world)
    unposted.drop()
    for hold in (unnoted, elsewhere):
        hold.release()
    assert {row["message_id"] for row in world.bot.jobs()[-3:]} == {0}
    (card,), (hidden_card,) = world.discord.replies(shown), world.discord.replies(hidden)
    closed = world.discord.fail_next("GET", posting(FAR), 403, 50001)
    await world.bot.start()
    assert edits_of(await assert_answered_once(world, bare)) == [True]
    # Looked for beside the request, or found by posting it once more.
    assert await assert_answered_once(world, shown) is card
    assert await assert_answered_once(world, hidden) is hidden_card
    assert edits_of(card) == edits_of(hidden_card) == [False, True] and closed.times == 0


async def test_a_card_that_is_late_and_was_used_for_the_answer_stays(world: World) -> None:
    hold = world.discord.hold_next("POST", posting(GENERAL), "after")
    asked = await mention(world, "slowly shown")
    await hold.wait()
    answer = await assert_answered_once(world, asked)
    hold.release()
    # What the bot does with its late card it does before it takes the next one.
    await assert_answered_once(world, await mention(world, "the next one"))
    assert not answer.deleted


async def test_killed_while_it_is_drawn_a_request_is_drawn_again_into_its_card(world: World) -> None:
    gate = world.relay.hold("half a fox")
    asked = await mention(world, "half a fox")
    await gate.wait()
    (card,) = world.discord.replies(asked)
    await kill(world)
    gate.released.set()
    await world.bot.start()
    assert await assert_answered_once(world, asked, drawn=2) is card


async def test_killed_before_the_delivery_a_drawn_picture_is_not_drawn_again(world: World) -> None:
    hold = world.discord.hold_next("PATCH", "messages", "before", when=brings_files)
    asked = await mention(world, "drawn, not sent")
    await hold.wait()
    await kill(world)
    hold.drop()
    assert world.bot.job(asked.id)["state"] == "drawn"
    await world.bot.start()
    await assert_answered_once(world, asked)


async def test_killed_before_it_learns_of_the_delivery_the_same_card_is_edited_again(world: World) -> None:
    hold = world.discord.hold_next("PATCH", "messages", "after", when=brings_files)
    asked = await mention(world, "sent, not known")
    await hold.wait()
    await kill(world)
    hold.release()
    (card,) = world.discord.replies(asked)

    def delivering() -> list[Call]:
        return [call for call in world.discord.calls("PATCH", str(card.id)) if call.files]

    await world.bot.start()
    await world.discord.until(lambda: len(delivering()) == 2, "the repetition")
    assert await assert_answered_once(world, asked, edits=2) is card


async def occupy(world: World) -> list[RelayGate]:
    """Let four requests be drawn, or drawn again, so that others wait."""
    gates = [world.relay.hold("keeps it busy") for _ in range(4)]
    if not world.bot.running:
        await world.bot.start()
    else:
        for person in (ASKER, ASKER, OTHER, OTHER):
            await world.discord.write(person, f"<@{BOT}> 1K keeps it busy")
    for gate in gates:
        await gate.wait()
    return gates


def with_card(world: World) -> set[int]:
    return {row["interaction_id"] for row in world.bot.jobs() if row["message_id"]}


async def test_requests_deleted_after_a_restart_are_dropped_in_their_cards(world: World) -> None:
    gates = await occupy(world)
    noted = [await mention(world, f"never mind {number}") for number in range(2)]
    ids = {message.id for message in noted}
    await world.discord.until(lambda: ids <= with_card(world), "that their cards are noted")
    hold = world.discord.hold_next("POST", posting(GENERAL), "after")
    unnoted = await mention(world, "never mind, not noted")
    await hold.wait()
    await kill(world)
    for gate in (hold.released, *(gate.released for gate in gates)):
        gate.set()
    gates = await occupy(world)
    await world.discord.delete(unnoted)
    await world.discord.delete(*noted)
    for message in (unnoted, *noted):
        (card,) = world.discord.replies(message)
        await world.discord.until(lambda card=card: "Cancelled" in card.text, "that it is dropped")
        assert world.bot.job(message.id)["state"] == "cancelled"
    for gate in gates:
        gate.released.set()
    assert not any("never mind" in call["prompt"] for call in world.relay.asked)
