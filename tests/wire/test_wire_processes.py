"""Processes share the work: those at Discord's gateway take requests in, workers draw and deliver them."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable

import pytest
import pytest_asyncio
from bot_under_test import BotProcess
from discord_world import GENERAL, Exchange
from fleet import Fleet, open_fleet

pytestmark = pytest.mark.asyncio(loop_scope="module")

ASKER = 501


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def fleet(
    new_postgres_url: Callable[[], str], tmp_path_factory: pytest.TempPathFactory
) -> AsyncGenerator[Fleet]:
    async with open_fleet(new_postgres_url(), tmp_path_factory.mktemp("fleet")) as fleet:
        yield fleet
        assert fleet.discord.complaints == []


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def gateway(fleet: Fleet) -> BotProcess:
    process = fleet.process("run", RUN_WORKERS="false")
    await process.start()
    return process


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def worker(fleet: Fleet) -> BotProcess:
    process = fleet.process("worker")
    await process.start()
    return process


async def ask(fleet: Fleet, prompt: str) -> Exchange:
    return await fleet.discord.slash(ASKER, "imagine", prompt=prompt, size="1K")


async def assert_answered_by(fleet: Fleet, worker: BotProcess, asked: Exchange) -> None:
    """The deferred message holds the picture, the worker knows it, and nothing else was said anywhere."""
    message = await fleet.discord.outcome(asked)
    row = await worker.answered(asked.id)
    assert (row["state"], row["token"], row["message_id"]) == ("done", None, message.id)
    assert [picture.pixels for picture in message.pictures] == [(1024, 1024)]
    assert sum(bool(edit.get("attachments")) for edit in message.edits) == 1
    assert asked.followups == fleet.discord.in_channel(GENERAL) == []


async def test_what_a_process_without_workers_takes_in_is_answered_by_a_worker(
    fleet: Fleet, gateway: BotProcess
) -> None:
    asked = await ask(fleet, "two processes")
    await fleet.discord.until(lambda: asked.message and asked.message.edits, "the waiting card")
    assert gateway.job(asked.id)["state"] == "waiting"
    worker = fleet.process("worker")
    await worker.start()
    await assert_answered_by(fleet, worker, asked)
    assert fleet.discord.gateway.identified == 1
    assert await worker.stop() == 0
