"""Requests outlive their process: ended politely, killed at the worst moments, cut off from Discord."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import AsyncGenerator
from dataclasses import dataclass

import pytest
import pytest_asyncio

from tests.support.wire.discord_rest import Call
from tests.support.wire.discord_world import GENERAL, Exchange
from tests.support.wire.setup import ASKER, OTHER, World, brings_files, open_world

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def ask(world: World, prompt: str) -> Exchange:
    return await world.discord.slash(ASKER, "imagine", prompt=prompt, size="1K")


async def kill(world: World) -> None:
    assert await world.bot.stop(signal.SIGKILL) == -signal.SIGKILL


async def assert_delivered_once(world: World, asked: Exchange, *, drawn: int, edits: int = 1) -> None:
    """The deferred message holds the picture, and nothing else was said anywhere."""
    message = await world.discord.outcome(asked, 25)
    row = await world.bot.answered(asked.id)
    assert (row["state"], row["token"], row["message_id"]) == ("done", None, message.id)
    assert [picture.pixels for picture in message.pictures] == [(1024, 1024)]
    assert sum(bool(edit.get("attachments")) for edit in message.edits) == edits
    assert len(world.relay.calls(row["prompt"])) == drawn
    assert asked.followups == world.discord.in_channel(GENERAL) == []


@dataclass(slots=True)
class Slow:
    """What takes longer than a test should wait alone: begun before the others, looked at after them."""

    world: World
    asked: Exchange
    end: asyncio.Task[int]


@pytest_asyncio.fixture(scope="module", loop_scope="module", autouse=True)
async def unready(tmp_path_factory: pytest.TempPathFactory) -> AsyncGenerator[Slow]:
    """End a bot while a picture isn't ready and won't be."""
    async with open_world(tmp_path_factory.mktemp("unready")) as world:
        await world.bot.start()
        gate = world.relay.hold("never ready")
        asked = await ask(world, "never ready")
        await gate.wait()
        end = asyncio.create_task(world.bot.stop(patience=40))
        yield Slow(world, asked, end)
        gate.released.set()
        end.cancel()


@pytest_asyncio.fixture(scope="module", loop_scope="module", autouse=True)
async def cut_off(tmp_path_factory: pytest.TempPathFactory) -> AsyncGenerator[Slow]:
    """Cut a bot's connection while it delivers and draws another picture."""
    async with open_world(tmp_path_factory.mktemp("cut")) as world:
        await world.bot.start()
        fault = world.discord.fail_next("PATCH", "webhooks", 0, when=brings_files)
        gate = world.relay.hold("keeps it busy")
        await ask(world, "keeps it busy")
        await gate.wait()
        asked = await ask(world, "over a bad line")
        await world.discord.until(lambda: fault.times == 0, "the cut")
        end = asyncio.create_task(_answered(world, asked))
        yield Slow(world, asked, end)
        gate.released.set()
        end.cancel()


async def _answered(world: World, asked: Exchange) -> int:
    await world.discord.outcome(asked, 40)
    await world.bot.answered(asked.id)
    return 0


async def test_commands_are_sent_at_the_first_start_and_not_at_the_second(world: World) -> None:
    assert world.discord.syncs == 1
    assert {"imagine", "remix", "remix-file"} <= {command["name"] for command in world.discord.commands}
    await kill(world)
    await world.bot.start()
    assert world.discord.syncs == 1


async def test_killed_right_after_the_acceptance_a_request_is_answered_after_the_restart(
    world: World,
) -> None:
    hold = world.discord.hold_next("PATCH", "webhooks", "before")
    gate = world.relay.hold("accepted only")
    asked = await ask(world, "accepted only")
    await hold.wait()
    await kill(world)
    hold.drop()
    gate.released.set()
    started = len(world.relay.calls("accepted only"))
    await world.bot.start()
    await assert_delivered_once(world, asked, drawn=started + 1)


async def test_killed_while_the_relay_draws_a_request_is_drawn_again(world: World) -> None:
    gate = world.relay.hold("half drawn")
    asked = await ask(world, "half drawn")
    await gate.wait()
    await kill(world)
    gate.released.set()
    await world.bot.start()
    await assert_delivered_once(world, asked, drawn=2)


async def test_killed_before_the_delivery_a_drawn_picture_is_not_drawn_again(world: World) -> None:
    hold = world.discord.hold_next("PATCH", "webhooks", "before", when=brings_files)
    asked = await ask(world, "drawn, not sent")
    await hold.wait()
    await kill(world)
    hold.drop()
    assert world.bot.job(asked.id)["state"] == "drawn"
    await world.bot.start()
    await assert_delivered_once(world, asked, drawn=1)


async def test_killed_before_it_learns_of_the_delivery_the_same_message_is_edited_again(world: World) -> None:
    hold = world.discord.hold_next("PATCH", "webhooks", "after", when=brings_files)
    asked = await ask(world, "sent, not known")
    await hold.wait()
    await kill(world)
    hold.release()
    first = asked.shown.pictures[0].content
    await world.bot.start()
    await world.discord.until(lambda: sum(map(brings_files, delivering(world, asked))) == 2, "the repetition")
    await assert_delivered_once(world, asked, drawn=1, edits=2)
    assert asked.shown.pictures[0].content == first


def delivering(world: World, asked: Exchange) -> list[Call]:
    return world.discord.calls("PATCH", str(asked.shown.id))


async def test_killed_before_it_learns_of_a_message_in_the_channel_there_is_no_second_one(
    world: World,
) -> None:
    hold = world.discord.hold_next("POST", r"channels/\d+/messages", "after")
    gate = world.relay.hold("late and killed")
    asked = await ask(world, "late and killed")
    await gate.wait()
    asked.expired = True
    gate.released.set()
    await hold.wait()
    await kill(world)
    hold.release()
    await world.bot.start()
    row = await world.bot.answered(asked.id)
    (message,) = world.discord.in_channel(GENERAL)
    assert row["message_id"] == message.id
    assert len(world.relay.calls("late and killed")) == 1
    message.deleted = True


async def test_buttons_of_an_earlier_process_work(world: World) -> None:
    asked = await ask(world, "an old oak")
    message = await world.discord.outcome(asked)
    await world.bot.answered(asked.id)
    await kill(world)
    await world.bot.start()
    again = await world.discord.press(OTHER, message, "again")
    assert (await world.discord.outcome(again)).id != message.id
    form = await world.discord.press(OTHER, message, "edit")
    assert form.modal["components"][0]["component"]["value"] == "an old oak"
    more = await world.discord.press(ASKER, message, "more")
    await world.discord.press(ASKER, more.shown, "delete")
    await world.discord.until(lambda: message.deleted, "that it is gone")


async def test_asked_to_end_it_takes_no_more_and_lets_a_running_job_finish_first(world: World) -> None:
    gate = world.relay.hold("nearly done")
    asked = await ask(world, "nearly done")
    await gate.wait()
    ending = asyncio.create_task(world.bot.stop())
    await world.bot.said("waiting up to 20 s for 1 running jobs")
    late = await ask(world, "at the last moment")
    await world.discord.until(lambda: late.shown.edits, "its waiting card")
    gate.released.set()
    assert await ending == 0
    await assert_delivered_once(world, asked, drawn=1)
    assert world.bot.spool == []
    assert world.bot.job(late.id)["state"] == "waiting"
    await world.bot.start()
    await assert_delivered_once(world, late, drawn=1)


async def test_a_delivery_over_a_cut_connection_is_repeated_however_busy_the_bot_is(cut_off: Slow) -> None:
    await asyncio.wait_for(cut_off.end, 45)
    await assert_delivered_once(cut_off.world, cut_off.asked, drawn=1)
    assert cut_off.world.discord.complaints == []


async def test_what_is_not_ready_in_time_is_drawn_by_the_next_process(unready: Slow) -> None:
    assert await asyncio.wait_for(unready.end, 45) == 0
    row = unready.world.bot.job(unready.asked.id)
    assert (row["state"], row["worker"]) == ("waiting", None)
    await unready.world.bot.start()
    await assert_delivered_once(unready.world, unready.asked, drawn=2)
    assert unready.world.discord.complaints == []
