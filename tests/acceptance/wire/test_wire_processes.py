"""Processes share the work: those at Discord's gateway take requests in, workers draw and deliver them."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import AsyncGenerator
from dataclasses import dataclass

import pytest
import pytest_asyncio

from tests.support.databases import Postgres
from tests.support.postgres_connection import cut, line_to, until_locked
from tests.support.wire.bot_under_test import BotProcess, RelayGate
from tests.support.wire.discord_world import BOT, FAR, GENERAL, SECRET, Exchange
from tests.support.wire.fleet import Fleet, open_fleet

pytestmark = pytest.mark.asyncio(loop_scope="module")

ASKER = 501
SPACING = 5.0


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def fleet(postgres_server: Postgres, tmp_path_factory: pytest.TempPathFactory) -> AsyncGenerator[Fleet]:
    """Let two processes without workers share four shards, of which two may begin at once."""
    async with open_fleet(postgres_server.empty(), tmp_path_factory.mktemp("fleet"), ready=True) as fleet:
        fleet.discord.gateway.concurrency = 2
        for shards in ("0-1", "2,3"):
            gateway = fleet.process("run", RUN_WORKERS="false", SHARD_COUNT="4", SHARD_IDS=shards)
            await gateway.launch("run")
        await fleet.discord.until(lambda: all(map(fleet.discord.gateway.listens, range(4))), "shards", 40)
        yield fleet
        assert fleet.discord.complaints == []


@dataclass(slots=True)
class Retiring:
    """A worker that was asked to end while a picture wasn't ready: begun early, looked at late."""

    worker: BotProcess
    asked: Exchange
    gate: RelayGate
    end: asyncio.Task[int]


@pytest_asyncio.fixture(scope="module", loop_scope="module", autouse=True)
async def retiring(fleet: Fleet) -> AsyncGenerator[Retiring]:
    worker = fleet.process("worker")
    await worker.start()
    gate = fleet.relay.hold("never ready here")
    asked = await ask(fleet, "never ready here")
    await gate.wait()
    end = asyncio.create_task(worker.stop(patience=40))
    await worker.said("waiting up to 20 s for 1 running job")
    yield Retiring(worker, asked, gate, end)
    gate.released.set()
    end.cancel()


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def worker(fleet: Fleet) -> AsyncGenerator[BotProcess]:
    """Start the one worker that is there for good, when a test first asks for it."""
    process = fleet.process("worker")
    await process.start()
    yield process
    assert await process.stop() == 0


async def ask(fleet: Fleet, prompt: str, channel_id: int = GENERAL) -> Exchange:
    return await fleet.discord.slash(ASKER, "imagine", channel_id=channel_id, prompt=prompt, size="1K")


def those_who_answered(fleet: Fleet, job_id: int) -> list[BotProcess]:
    said = f"job {job_id} answered"
    return [each for each in fleet.processes if any(said in line for line in each.lines)]


async def assert_answered(fleet: Fleet, asked: Exchange) -> BotProcess:
    """The deferred message holds the picture, one process knows it, and nothing else was said anywhere."""
    message = await fleet.discord.outcome(asked)
    job_id = fleet.processes[0].job(asked.id)["id"]
    await fleet.discord.until(lambda: those_who_answered(fleet, job_id), "the end of the job")
    row = fleet.processes[0].job(asked.id)
    assert (row["state"], row["token"], row["message_id"]) == ("done", None, message.id)
    assert [picture.pixels for picture in message.pictures] == [(1024, 1024)]
    assert sum(bool(edit.get("attachments")) for edit in message.edits) == 1
    assert asked.followups == fleet.discord.in_channel(asked.channel_id) == []
    (process,) = those_who_answered(fleet, job_id)
    return process


# Shards


async def test_shards_of_a_bucket_begin_five_seconds_apart_and_others_at_once(fleet: Fleet) -> None:
    began = dict(fleet.discord.gateway.begun[:4])
    assert sorted(began) == [0, 1, 2, 3]
    for one, other in ((0, 2), (1, 3)):
        assert abs(began[one] - began[other]) >= SPACING
    first, second, *_ = sorted(began.values())
    assert second - first < SPACING


async def test_a_second_process_on_a_shard_is_refused_in_words(fleet: Fleet) -> None:
    second = fleet.process("run", SHARD_COUNT="4", SHARD_IDS="1-2")
    before = len(fleet.discord.gateway.begun)
    await second.launch("run")
    assert await second.ended(20) == 1
    assert second.lines[-1].startswith("shard 1-2 is served by another process on this database")
    assert "Traceback" not in second.log
    assert len(fleet.discord.gateway.begun) == before


async def test_a_process_that_would_serve_every_shard_is_refused_too(fleet: Fleet) -> None:
    second = fleet.process("run")
    await second.launch("run")
    assert await second.ended(20) == 1
    assert "connects with SHARD_COUNT=4, this one with 1" in second.lines[-1]


async def test_a_shard_that_another_process_took_after_a_cut_is_left_in_words(fleet: Fleet) -> None:
    loser, keeper = fleet.processes[:2]
    async with line_to(fleet.database_url) as faster:
        # Waiting in line for the lock, it has it before its holder can come again.
        waiting = asyncio.create_task(faster.execute(b"SELECT pg_advisory_lock(7305001, 1)"))
        await until_locked(fleet.database_url, granted=False)
        await cut(fleet.database_url, "jimeng-bot shards")
        await waiting
        assert await loser.ended(20) == 1
    assert loser.lines[-1].startswith("shard 1 is served by another process")
    assert "Traceback" not in loser.log
    assert not any(map(fleet.discord.gateway.listens, (0, 1)))
    assert keeper.running
    await loser.start()


# Work


async def test_a_request_waits_in_line_until_there_is_a_worker(fleet: Fleet) -> None:
    asked = await ask(fleet, "nobody is here")
    await fleet.discord.until(lambda: asked.message and asked.message.edits, "the waiting card")
    worker = fleet.process("worker")
    assert worker.job(asked.id)["state"] == "waiting"
    await worker.start()
    assert await assert_answered(fleet, asked) is worker
    assert await worker.stop() == 0


@pytest.mark.parametrize("channel_id", [GENERAL, FAR])
async def test_what_any_gateway_takes_in_is_answered_by_a_worker(
    fleet: Fleet, worker: BotProcess, channel_id: int
) -> None:
    asked = await ask(fleet, f"from channel {channel_id}", channel_id)
    assert await assert_answered(fleet, asked) is worker


async def test_a_mention_that_a_gateway_takes_in_is_answered_by_a_worker_in_its_reply(
    fleet: Fleet, worker: BotProcess
) -> None:
    gate = fleet.relay.hold("from a message")
    asked = await fleet.discord.write(ASKER, f"<@{BOT}> 1K from a message", channel_id=SECRET)
    await gate.wait()
    (card,) = fleet.discord.replies(asked)
    gate.released.set()
    assert await fleet.discord.answer(asked) is card
    row = await worker.answered(asked.id)
    assert (row["state"], row["message_id"]) == ("done", card.id)
    assert [picture.pixels for picture in card.pictures] == [(1024, 1024)]


async def test_a_button_on_a_workers_picture_is_answered_at_the_gateway(
    fleet: Fleet, worker: BotProcess
) -> None:
    message = await fleet.discord.outcome(await ask(fleet, "once more", FAR))
    again = await fleet.discord.press(ASKER, message, "again")
    assert await assert_answered(fleet, again) is worker
    assert len(fleet.relay.calls("once more")) == 2


async def test_cancel_at_the_gateway_stops_the_worker(fleet: Fleet, worker: BotProcess) -> None:
    gate = fleet.relay.hold("think again")
    asked = await ask(fleet, "think again", FAR)
    await gate.wait()
    await fleet.discord.until(lambda: asked.message and asked.message.buttons, "the card with its button")
    await fleet.discord.press(ASKER, asked.shown, "cancel")
    await worker.said(rf"job {worker.job(asked.id)['id']} stopped")
    assert worker.job(asked.id)["state"] == "cancelled"
    gate.released.set()
    await fleet.discord.until(lambda: "Cancelled" in asked.shown.text, "the cancelled card")
    assert asked.shown.pictures == []


# Endings


async def test_killed_while_a_worker_draws_a_gateway_is_not_missed(fleet: Fleet, worker: BotProcess) -> None:
    gateway, gate = fleet.processes[0], fleet.relay.hold("gateway gone")
    asked = await ask(fleet, "gateway gone")
    await gate.wait()
    assert await gateway.stop(signal.SIGKILL) == -signal.SIGKILL
    gate.released.set()
    assert await assert_answered(fleet, asked) is worker
    # Its shards are free at once.
    await gateway.start()


async def test_a_gateway_that_is_asked_to_end_leaves_its_shards_to_another(fleet: Fleet) -> None:
    gateway = fleet.processes[1]
    assert await gateway.stop() == 0
    assert "Traceback" not in gateway.log
    await gateway.start()


async def test_a_worker_that_is_asked_to_end_leaves_its_job_to_another(
    fleet: Fleet, worker: BotProcess, retiring: Retiring
) -> None:
    assert await retiring.end == 0
    assert "stopped; what was unfinished goes on" in retiring.worker.log
    assert await assert_answered(fleet, retiring.asked) is not retiring.worker
    assert len(fleet.relay.calls("never ready here")) == 2
