"""Gateways that leave generating to workers lose no request when they stop, and hand their shards over."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncGenerator

import pytest
import pytest_asyncio

from tests.support.databases import PostgresDatabases
from tests.support.wire.bot_under_test import BotProcess
from tests.support.wire.fleet import Fleet, open_fleet
from tests.support.wire.stops import stop_under_load

pytestmark = pytest.mark.asyncio(loop_scope="module")

DEAF = 15.0
"""Seconds: far more than on a quiet machine."""


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def fleet(
    postgres_server: PostgresDatabases, tmp_path_factory: pytest.TempPathFactory
) -> AsyncGenerator[Fleet]:
    async with open_fleet(postgres_server.empty(), tmp_path_factory.mktemp("fleet"), ready=True) as fleet:
        yield fleet


def gateway(fleet: Fleet) -> BotProcess:
    """A gateway that needn't wait between two identifies: test_wire_processes has those that do."""
    return fleet.process("run", RUN_WORKERS="false", SHARD_COUNT="1", SHARD_IDS="0", IDENTIFY_INTERVAL="0.1")


@pytest.mark.parametrize("seed", range(3))
async def test_no_request_is_lost_when_a_gateway_stops(fleet: Fleet, seed: int) -> None:
    process = gateway(fleet)
    await process.start()
    assert await stop_under_load(fleet.discord, process, random.Random(seed)) == []


async def test_a_new_process_takes_the_shards_over_from_one_that_stops(fleet: Fleet) -> None:
    old, new = gateway(fleet), gateway(fleet)
    await old.start()
    before = fleet.discord.gateway.identified
    await new.launch("run")
    await new.wait_for_log("waiting up to 10 s until it stops", 40)
    ending = asyncio.create_task(old.stop())
    await fleet.discord.until(lambda: fleet.discord.gateway.identified > before, "the new process", 40)
    assert await ending == 0
    assert fleet.discord.gateway.begun[-1][1] - fleet.discord.gateway.left_at < DEAF
    assert await new.stop() == 0
