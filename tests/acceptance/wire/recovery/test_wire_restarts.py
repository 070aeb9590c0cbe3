"""Requests survive a graceful stop, a kill at the worst moment and a lost connection."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import AsyncGenerator
from dataclasses import dataclass

import pytest
import pytest_asyncio

from tests.support.wire.discord_objects import GENERAL, StoredInteraction
from tests.support.wire.discord_rest import RestCall
from tests.support.wire.setup import ASKER, OTHER, WireEnvironment, has_files, open_environment

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def ask(environment: WireEnvironment, prompt: str) -> StoredInteraction:
    return await environment.discord.slash(ASKER, "imagine", prompt=prompt, size="1K")


async def kill(environment: WireEnvironment) -> None:
    assert await environment.bot.stop(signal.SIGKILL) == -signal.SIGKILL


async def assert_delivered_once(
    environment: WireEnvironment, asked: StoredInteraction, *, drawn: int, edits: int = 1
) -> None:
    """Assert that the deferred message holds the picture and nothing else was sent."""
    message = await environment.discord.outcome(asked, 25)
    row = await environment.bot.wait_until_answered(asked.id)
    assert (row["state"], row["token"], row["message_id"]) == ("done", None, message.id)
    assert [picture.pixels for picture in message.pictures] == [(1024, 1024)]
    assert sum(bool(edit.get("attachments")) for edit in message.edits) == edits
    assert len(environment.relay.calls(row["prompt"])) == drawn
    assert asked.followups == environment.discord.in_channel(GENERAL) == []


@dataclass(slots=True)
class Slow:
    """A slow scenario: started before the other tests, checked after them."""

    environment: WireEnvironment
    asked: StoredInteraction
    end: asyncio.Task[int]


@pytest_asyncio.fixture(scope="module", loop_scope="module", autouse=True)
async def unready(tmp_path_factory: pytest.TempPathFactory) -> AsyncGenerator[Slow]:
    """Stop a bot while a picture never becomes ready."""
    async with open_environment(tmp_path_factory.mktemp("unready")) as environment:
        await environment.bot.start()
        gate = environment.relay.hold("never ready")
        asked = await ask(environment, "never ready")
        await gate.wait()
        end = asyncio.create_task(environment.bot.stop(seconds=40))
        yield Slow(environment, asked, end)
        gate.released.set()
        end.cancel()


@pytest_asyncio.fixture(scope="module", loop_scope="module", autouse=True)
async def cut_off(tmp_path_factory: pytest.TempPathFactory) -> AsyncGenerator[Slow]:
    """Cut the bot's connection during a delivery while it generates another picture."""
    async with open_environment(tmp_path_factory.mktemp("cut")) as environment:
        await environment.bot.start()
        fault = environment.discord.fail_next("PATCH", "webhooks", 0, when=has_files)
        gate = environment.relay.hold("keeps it busy")
        await ask(environment, "keeps it busy")
        await gate.wait()
        asked = await ask(environment, "over a bad line")
        await environment.discord.until(lambda: fault.times == 0, "the cut")
        end = asyncio.create_task(_answered(environment, asked))
        yield Slow(environment, asked, end)
        gate.released.set()
        end.cancel()


async def _answered(environment: WireEnvironment, asked: StoredInteraction) -> int:
    await environment.discord.outcome(asked, 40)
    await environment.bot.wait_until_answered(asked.id)
    return 0


async def test_commands_are_registered_at_the_first_start_only(
    environment: WireEnvironment,
) -> None:
    assert environment.discord.syncs == 1
    assert {"imagine", "remix", "remix-file"} <= {command["name"] for command in environment.discord.commands}
    await kill(environment)
    await environment.bot.start()
    assert environment.discord.syncs == 1


async def test_killed_right_after_the_acceptance_a_request_is_answered_after_the_restart(
    environment: WireEnvironment,
) -> None:
    hold = environment.discord.hold_next("PATCH", "webhooks", "before")
    gate = environment.relay.hold("accepted only")
    asked = await ask(environment, "accepted only")
    await hold.wait()
    await kill(environment)
    hold.drop()
    gate.released.set()
    started = len(environment.relay.calls("accepted only"))
    await environment.bot.start()
    await assert_delivered_once(environment, asked, drawn=started + 1)


async def test_killed_while_the_relay_draws_a_request_is_drawn_again(environment: WireEnvironment) -> None:
    gate = environment.relay.hold("half drawn")
    asked = await ask(environment, "half drawn")
    await gate.wait()
    await kill(environment)
    gate.released.set()
    await environment.bot.start()
    await assert_delivered_once(environment, asked, drawn=2)


async def test_killed_before_the_delivery_a_drawn_picture_is_not_drawn_again(
    environment: WireEnvironment,
) -> None:
    hold = environment.discord.hold_next("PATCH", "webhooks", "before", when=has_files)
    asked = await ask(environment, "drawn, not sent")
    await hold.wait()
    await kill(environment)
    hold.drop()
    assert environment.bot.job(asked.id)["state"] == "drawn"
    await environment.bot.start()
    await assert_delivered_once(environment, asked, drawn=1)


async def test_killed_before_it_learns_of_the_delivery_the_same_message_is_edited_again(
    environment: WireEnvironment,
) -> None:
    hold = environment.discord.hold_next("PATCH", "webhooks", "after", when=has_files)
    asked = await ask(environment, "sent, not known")
    await hold.wait()
    await kill(environment)
    hold.release()
    first = asked.response_message.pictures[0].content
    await environment.bot.start()
    await environment.discord.until(
        lambda: sum(map(has_files, delivering(environment, asked))) == 2, "the repetition"
    )
    await assert_delivered_once(environment, asked, drawn=1, edits=2)
    assert asked.response_message.pictures[0].content == first


def delivering(environment: WireEnvironment, asked: StoredInteraction) -> list[RestCall]:
    return environment.discord.calls("PATCH", str(asked.response_message.id))


async def test_killed_before_it_learns_of_a_message_in_the_channel_there_is_no_second_one(
    environment: WireEnvironment,
) -> None:
    hold = environment.discord.hold_next("POST", r"channels/\d+/messages", "after")
    gate = environment.relay.hold("late and killed")
    asked = await ask(environment, "late and killed")
    await gate.wait()
    asked.expired = True
    gate.released.set()
    await hold.wait()
    await kill(environment)
    hold.release()
    await environment.bot.start()
    row = await environment.bot.wait_until_answered(asked.id)
    (message,) = environment.discord.in_channel(GENERAL)
    assert row["message_id"] == message.id
    assert len(environment.relay.calls("late and killed")) == 1
    message.deleted = True


async def test_buttons_of_an_earlier_process_work(environment: WireEnvironment) -> None:
    asked = await ask(environment, "an old oak")
    message = await environment.discord.outcome(asked)
    await environment.bot.wait_until_answered(asked.id)
    await kill(environment)
    await environment.bot.start()
    again = await environment.discord.press(OTHER, message, "again")
    assert (await environment.discord.outcome(again)).id != message.id
    form = await environment.discord.press(OTHER, message, "edit")
    assert form.modal["components"][0]["component"]["value"] == "an old oak"
    more = await environment.discord.press(ASKER, message, "more")
    page = more.response_message
    await environment.discord.press(ASKER, page, "delete")
    await environment.discord.until(lambda: "for everyone?" in page.text, "the question")
    await environment.discord.press(ASKER, page, "confirm")
    await environment.discord.until(lambda: message.deleted, "that it is gone")


async def test_a_graceful_stop_claims_no_more_and_finishes_running_jobs(
    environment: WireEnvironment,
) -> None:
    gate = environment.relay.hold("nearly done")
    asked = await ask(environment, "nearly done")
    await gate.wait()
    ending = asyncio.create_task(environment.bot.stop())
    await environment.bot.wait_for_log("waiting up to 20 s for 1 running jobs")
    late = await ask(environment, "at the last moment")
    await environment.discord.until(lambda: late.response_message.edits, "its waiting card")
    gate.released.set()
    assert await ending == 0
    await assert_delivered_once(environment, asked, drawn=1)
    assert environment.bot.spool == []
    assert environment.bot.job(late.id)["state"] == "waiting"
    await environment.bot.start()
    await assert_delivered_once(environment, late, drawn=1)


async def test_a_delivery_over_a_broken_connection_is_repeated_under_load(cut_off: Slow) -> None:
    await asyncio.wait_for(cut_off.end, 45)
    await assert_delivered_once(cut_off.environment, cut_off.asked, drawn=1)
    assert cut_off.environment.discord.violations == []


async def test_a_job_not_ready_in_time_is_generated_by_the_next_process(unready: Slow) -> None:
    assert await asyncio.wait_for(unready.end, 45) == 0
    row = unready.environment.bot.job(unready.asked.id)
    assert (row["state"], row["worker"]) == ("waiting", None)
    await unready.environment.bot.start()
    await assert_delivered_once(unready.environment, unready.asked, drawn=2)
    assert unready.environment.discord.violations == []
