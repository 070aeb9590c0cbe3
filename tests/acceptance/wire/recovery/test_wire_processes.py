"""Several processes: gateways accept requests, workers generate and deliver them."""

from __future__ import annotations

import asyncio
import re
import signal
from collections.abc import AsyncGenerator
from dataclasses import dataclass

import aiohttp
import pytest
import pytest_asyncio

from tests.support.databases import PostgresDatabases
from tests.support.postgres_connection import close_connections, connect_to, wait_for_lock
from tests.support.wire.bot_under_test import BotProcess, RelayGate
from tests.support.wire.discord_objects import BOT, FAR, GENERAL, SECRET, StoredInteraction
from tests.support.wire.fleet import Fleet, open_fleet

pytestmark = pytest.mark.asyncio(loop_scope="module")

ASKER = 501
IDENTIFY_INTERVAL = 5.0
METRICS_PORTS = "19500-19599"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def fleet(
    postgres_server: PostgresDatabases, tmp_path_factory: pytest.TempPathFactory
) -> AsyncGenerator[Fleet]:
    """Two gateways that share four shards, two of which may identify at once."""
    async with open_fleet(postgres_server.empty(), tmp_path_factory.mktemp("fleet"), ready=True) as fleet:
        fleet.discord.gateway.concurrency = 2
        for shards in ("0-1", "2,3"):
            gateway = fleet.process(
                "run", RUN_WORKERS="false", SHARD_COUNT="4", SHARD_IDS=shards, METRICS_PORT=METRICS_PORTS
            )
            await gateway.launch("run")
        await fleet.discord.until(lambda: all(map(fleet.discord.gateway.listens, range(4))), "shards", 40)
        yield fleet
        assert fleet.discord.violations == []


@dataclass(slots=True)
class Retiring:
    """A worker stopped while a picture isn't ready; started before the other tests to save time."""

    worker: BotProcess
    asked: StoredInteraction
    gate: RelayGate
    end: asyncio.Task[int]


@pytest_asyncio.fixture(scope="module", loop_scope="module", autouse=True)
async def retiring(fleet: Fleet) -> AsyncGenerator[Retiring]:
    worker = fleet.process("worker")
    await worker.start()
    gate = fleet.relay.hold("never ready here")
    asked = await ask(fleet, "never ready here")
    await gate.wait()
    end = asyncio.create_task(worker.stop(seconds=40))
    await worker.wait_for_log("waiting up to 20 s for 1 running job")
    yield Retiring(worker, asked, gate, end)
    gate.released.set()
    end.cancel()


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def worker(fleet: Fleet) -> AsyncGenerator[BotProcess]:
    """Start the shared worker on first use."""
    process = fleet.process("worker", METRICS_PORT=METRICS_PORTS)
    await process.start()
    yield process
    assert await process.stop() == 0


async def ask(fleet: Fleet, prompt: str, channel_id: int = GENERAL) -> StoredInteraction:
    return await fleet.discord.slash(ASKER, "imagine", channel_id=channel_id, prompt=prompt, size="1K")


def those_who_answered(fleet: Fleet, job_id: int) -> list[BotProcess]:
    said = f"job {job_id} answered"
    return [each for each in fleet.processes if any(said in line for line in each.lines)]


async def assert_answered(fleet: Fleet, asked: StoredInteraction) -> BotProcess:
    """Assert that the deferred message holds the picture and that one process sent nothing else."""
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


async def test_shards_of_a_bucket_identify_five_seconds_apart_and_others_at_once(fleet: Fleet) -> None:
    began = dict(fleet.discord.gateway.begun[:4])
    assert sorted(began) == [0, 1, 2, 3]
    for one, other in ((0, 2), (1, 3)):
        assert abs(began[one] - began[other]) >= IDENTIFY_INTERVAL
    first, second, *_ = sorted(began.values())
    assert second - first < IDENTIFY_INTERVAL


async def test_a_second_process_on_a_shard_is_refused_with_a_message(fleet: Fleet) -> None:
    second = fleet.process("run", SHARD_COUNT="4", SHARD_IDS="1-2")
    before = len(fleet.discord.gateway.begun)
    await second.launch("run")
    assert await second.wait_for_exit(60) == 75
    assert second.lines[-1].startswith("shard 1-2 is served by another process on this database")
    assert "Traceback" not in second.log
    assert len(fleet.discord.gateway.begun) == before


async def test_a_process_for_all_shards_is_refused_too(fleet: Fleet) -> None:
    second = fleet.process("run")
    await second.launch("run")
    assert await second.wait_for_exit(60) == 78
    assert "connects with SHARD_COUNT=4, this one with 1" in second.lines[-1]


async def test_losing_a_shard_lock_ends_the_process_with_a_message(fleet: Fleet) -> None:
    loser, keeper = fleet.processes[:2]
    async with connect_to(fleet.database_url) as faster:
        # It already waits for the lock, so it gets it before the previous holder reconnects.
        waiting = asyncio.create_task(faster.execute(b"SELECT pg_advisory_lock(7305001, 1)"))
        await wait_for_lock(fleet.database_url, granted=False)
        await close_connections(fleet.database_url, "jimeng-bot shards")
        await waiting
        assert await loser.wait_for_exit(60) == 75
    assert loser.lines[-1].startswith("shard 1 is served by another process")
    assert "Traceback" not in loser.log
    assert not any(map(fleet.discord.gateway.listens, (0, 1)))
    assert keeper.running
    await loser.start()


# Work


async def test_a_request_waits_until_a_worker_starts(fleet: Fleet) -> None:
    asked = await ask(fleet, "nobody is here")
    await fleet.discord.until(lambda: asked.message and asked.message.edits, "the waiting card")
    worker = fleet.process("worker")
    assert worker.job(asked.id)["state"] == "waiting"
    await worker.start()
    assert await assert_answered(fleet, asked) is worker
    assert await worker.stop() == 0


@pytest.mark.parametrize("channel_id", [GENERAL, FAR])
async def test_requests_of_every_gateway_are_answered_by_a_worker(
    fleet: Fleet, worker: BotProcess, channel_id: int
) -> None:
    asked = await ask(fleet, f"from channel {channel_id}", channel_id)
    assert await assert_answered(fleet, asked) is worker


async def test_every_process_measures_its_part_of_a_request(fleet: Fleet, worker: BotProcess) -> None:
    await assert_answered(fleet, await ask(fleet, "measured"))
    gateway, works = await metrics_of(fleet.processes[0]), await metrics_of(worker)
    assert re.search(r"jimeng_interaction_acknowledgement_seconds_count [1-9]", gateway)
    assert re.search(r"jimeng_request_acceptance_seconds_count [1-9]", gateway)
    assert re.search(r'jimeng_shard_connected{shard="0"} 1', gateway)
    assert re.search(r'jimeng_discord_requests_total{route="answer",status="200"} [1-9]', works)
    for name in ("job_wait", "provider_call", "delivery"):
        assert re.search(rf"jimeng_{name}_seconds_count(?:{{.*}})? [1-9]", works), name
    assert re.search(r'jimeng_provider_calls_total{outcome="picture",provider="relay"} [1-9]', works)
    for each in (gateway, works):
        assert 'jimeng_jobs{state="running"} ' in each
        assert not re.search(r"jimeng_ready{.*} 0", each)


async def metrics_of(process: BotProcess) -> str:
    """Return what a process tells Prometheus."""
    addresses = re.findall(r"health checks: (http://\S+)", process.log)
    async with aiohttp.ClientSession() as session, session.get(f"{addresses[-1]}/metrics") as reply:
        return await reply.text()


async def test_a_mention_accepted_by_a_gateway_is_answered_by_a_worker(
    fleet: Fleet, worker: BotProcess
) -> None:
    gate = fleet.relay.hold("from a message")
    asked = await fleet.discord.write(ASKER, f"<@{BOT}> 1K from a message", channel_id=SECRET)
    await gate.wait()
    (card,) = fleet.discord.replies(asked)
    gate.released.set()
    assert await fleet.discord.answer(asked) is card
    row = await worker.wait_until_answered(asked.id)
    assert (row["state"], row["message_id"]) == ("done", card.id)
    assert [picture.pixels for picture in card.pictures] == [(1024, 1024)]


async def test_a_button_on_a_workers_picture_is_handled_by_the_gateway(
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
    await fleet.discord.press(ASKER, asked.response_message, "cancel")
    await worker.wait_for_log(rf"job {worker.job(asked.id)['id']} stopped")
    assert worker.job(asked.id)["state"] == "cancelled"
    gate.released.set()
    await fleet.discord.until(lambda: "Cancelled" in asked.response_message.text, "the cancelled card")
    assert asked.response_message.pictures == []


# Shutdown


async def test_a_gateway_killed_while_a_worker_generates_is_not_needed(
    fleet: Fleet, worker: BotProcess
) -> None:
    gateway, gate = fleet.processes[0], fleet.relay.hold("gateway gone")
    asked = await ask(fleet, "gateway gone")
    await gate.wait()
    assert await gateway.stop(signal.SIGKILL) == -signal.SIGKILL
    gate.released.set()
    assert await assert_answered(fleet, asked) is worker
    # Its shards are free at once.
    await gateway.start()


async def test_a_stopped_gateway_releases_its_shards(fleet: Fleet) -> None:
    gateway = fleet.processes[1]
    assert await gateway.stop() == 0
    assert "Traceback" not in gateway.log
    await gateway.start()


async def test_a_stopped_worker_requeues_its_job(
    fleet: Fleet, worker: BotProcess, retiring: Retiring
) -> None:
    assert await retiring.end == 0
    assert "stopped; unfinished requests continue" in retiring.worker.log
    assert await assert_answered(fleet, retiring.asked) is not retiring.worker
    assert len(fleet.relay.calls("never ready here")) == 2
