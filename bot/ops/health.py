"""Whether this process can do its work: its gateway, the database, the disk and its worker."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Protocol

import discord

from bot.services.operator.overview import OverviewService

MIN_FREE_BYTES = 256_000_000
"""Free space on the disk of DATA_DIR below which a process isn't ready."""
DATABASE_TIMEOUT = 2.0
"""Seconds that the database may take to reply."""


class Working(Protocol):
    """A client that may also generate pictures."""

    def worker_problem(self) -> str | None:
        """Return why this process begins no jobs, in a few words; None where nothing is wrong."""
        ...


class HealthChecks:
    """Checks what ``client`` and the process around it depend on; ``database_timeout`` is in seconds."""

    def __init__(
        self,
        client: Working,
        overview: OverviewService,
        data_dir: Path,
        *,
        database_timeout: float = DATABASE_TIMEOUT,
    ) -> None:
        self._client = client
        self._overview = overview
        self._data_dir = data_dir
        self._database_timeout = database_timeout

    async def run(self) -> Mapping[str, str | None]:
        """Return each check's problem, None where there is none; never raises."""
        gateway = (
            {} if (shards := shards_of(self._client)) is None else {"gateway": _gateway_problem(*shards)}
        )
        return {
            **gateway,
            "database": await self._database_problem(),
            "disk": await asyncio.to_thread(_disk_problem, self._data_dir),
            "worker": self._client.worker_problem(),
        }

    async def _database_problem(self) -> str | None:
        try:
            async with asyncio.timeout(self._database_timeout):
                await self._overview.read()
        except TimeoutError:
            return f"no reply in {self._database_timeout:g} s"
        except Exception as error:
            return type(error).__name__
        return None


def shards_of(client: object) -> tuple[bool, Mapping[int, discord.ShardInfo]] | None:
    """Return whether a client is connected, and its shards; None for one without a gateway."""
    if not isinstance(client, discord.AutoShardedClient):
        return None
    return client.is_ready(), client.shards


def _gateway_problem(ready: bool, shards: Mapping[int, discord.ShardInfo]) -> str | None:
    if closed := [str(number) for number, shard in shards.items() if shard.is_closed()]:
        return f"not connected: shards {', '.join(closed)}"
    return None if ready else "not connected yet"


def _disk_problem(folder: Path) -> str | None:
    try:
        free = shutil.disk_usage(folder).free
    except OSError as error:
        return error.strerror
    return f"{free // 10**6} MB are free" if free < MIN_FREE_BYTES else None
