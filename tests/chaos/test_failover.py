"""A failover of the database refuses nobody: requests made around it are accepted when it is back."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from tests.support.chaos.database import Database
from tests.support.wire.discord_objects import StoredInteraction
from tests.support.wire.fleet import Fleet, open_fleet

REQUESTS = 45
INTERVAL = 0.2
"""Seconds between two requests."""
BEFORE = 10
"""Requests made before the database stops."""
FAILOVER = 5.0


@pytest.mark.timeout(120)
async def test_requests_around_a_failover_are_all_accepted(tmp_path: Path, postgres: Database) -> None:
    async with open_fleet(postgres.url, tmp_path, ready=True) as fleet:
        gateway, worker = fleet.process("run", RUN_WORKERS="false"), fleet.process("worker")
        await asyncio.gather(gateway.start(), worker.start())
        asked, _ = await asyncio.gather(_ask(fleet), _fail_over(postgres))
        for each in asked:
            message = await fleet.discord.outcome(each, 60)
            assert len(message.pictures) == 1, message.text
        log = "\n".join(gateway.lines)
        assert log.count("the database is unavailable") == log.count("available again") == 1
        assert "Traceback" not in log


async def _ask(fleet: Fleet) -> list[StoredInteraction]:
    asked: list[StoredInteraction] = []
    for number in range(REQUESTS):
        prompt = f"request {number}"
        asked.append(await fleet.discord.slash(900 + number, "imagine", prompt=prompt, size="1K", wait=False))
        await asyncio.sleep(INTERVAL)
    return asked


async def _fail_over(database: Database) -> None:
    await asyncio.sleep(BEFORE * INTERVAL)
    await database.stop()
    await asyncio.sleep(FAILOVER)
    await database.start()
