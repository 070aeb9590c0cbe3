"""Stops at random moments under load: STOPS=… sets how many, CHAOS_SEED=… selects another run."""

from __future__ import annotations

import asyncio
import os
import random
from functools import partial
from pathlib import Path
from time import monotonic

import pytest

from bot.gateway.sharding import IDENTIFY_INTERVAL
from tests.support.databases import PostgresDatabases
from tests.support.wire.bot_under_test import START_TIMEOUT
from tests.support.wire.fleet import Fleet, open_fleet
from tests.support.wire.setup import open_environment
from tests.support.wire.stops import stop_under_load

pytestmark = pytest.mark.timeout(3700)
STOPS = int(os.environ.get("STOPS", "200"))
SEED = int(os.environ.get("CHAOS_SEED", "1"))


async def test_one_process_loses_nothing_in_many_stops(tmp_path: Path) -> None:
    chance = random.Random(SEED)
    async with open_environment(tmp_path) as environment:
        for number in range(STOPS):
            await environment.bot.start()
            lost = await stop_under_load(environment.discord, environment.bot, chance)
            assert lost == [], f"stop {number} of seed {SEED}"


async def test_a_gateway_without_workers_loses_nothing_in_many_stops(
    tmp_path: Path, postgres_server: PostgresDatabases
) -> None:
    chance, deaf = random.Random(SEED), list[float]()
    async with open_fleet(postgres_server.empty(), tmp_path, ready=True) as fleet:
        settings = {"RUN_WORKERS": "false", "SHARD_COUNT": "1", "SHARD_IDS": "0"}
        old = fleet.process("run", **settings)
        await old.start()
        for number in range(STOPS):
            new = fleet.process("run", **settings)
            before = fleet.discord.gateway.identified
            await new.launch("run")
            await new.wait_for_log("until it stops", START_TIMEOUT)
            # Discord allows an identify every five seconds, and the last one was long ago in a real restart.
            await asyncio.sleep(fleet.discord.gateway.begun[-1][1] + IDENTIFY_INTERVAL - monotonic())
            lost = await stop_under_load(fleet.discord, old, chance)
            assert lost == [], f"stop {number} of seed {SEED}"
            left_at = fleet.discord.gateway.left_at
            await fleet.discord.until(partial(_has_identified, fleet, before), "the next one", START_TIMEOUT)
            deaf.append(fleet.discord.gateway.begun[-1][1] - left_at)
            old = new
        assert await old.stop() == 0
    deaf.sort()
    print(f"deaf for {deaf[int(len(deaf) * 0.95)]:.2f} s (p95 of {STOPS} stops)")  # noqa: T201


def _has_identified(fleet: Fleet, before: int) -> bool:
    return fleet.discord.gateway.identified > before
