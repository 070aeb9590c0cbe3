"""Several bot processes on one database, with a simulated Discord and a simulated relay."""

from __future__ import annotations

import itertools
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

from bot.demo.relay.chaos import Chaos
from tests.support.wire.bot_under_test import BotProcess, RecordingRelay
from tests.support.wire.discord_server import DiscordServer


@dataclass(slots=True, kw_only=True)
class Fleet:
    """Shared services and all processes, each with its own folder as on its own machine."""

    discord: DiscordServer
    relay: RecordingRelay
    database_url: str
    relay_url: str
    processes: list[BotProcess] = field(default_factory=list[BotProcess])
    _folder: Path
    _numbers: itertools.count[int] = field(default_factory=itertools.count)

    def process(self, command: str, **settings: str) -> BotProcess:
        """Create a process without starting it."""
        folder = self._folder / f"machine-{next(self._numbers)}"
        folder.mkdir()
        settings = {"DATABASE_URL": self.database_url, "LOG_LEVEL": "INFO", **settings}
        self.processes.append(BotProcess(self.discord, self.relay_url, folder, command, **settings))
        return self.processes[-1]


@asynccontextmanager
async def open_fleet(
    database_url: str, folder: Path, *, delay: float = 0, chaos: Chaos | None = None, ready: bool = False
) -> AsyncGenerator[Fleet]:
    """Open a fleet without processes; those still running at the end are killed.

    ``delay``, ``chaos`` and ``ready`` are the simulated relay's.
    """
    discord = DiscordServer()
    relay = RecordingRelay(discord, delay=delay, chaos=chaos, ready=ready)
    async with discord.serve(), relay.serve() as relay_url:
        fleet = Fleet(
            discord=discord, relay=relay, database_url=database_url, relay_url=relay_url, _folder=folder
        )
        try:
            yield fleet
        finally:
            for process in fleet.processes:
                if process.running:
                    await process.stop(9)
