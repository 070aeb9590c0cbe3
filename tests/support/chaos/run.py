"""The bot's processes between a simulated Discord and a relay that is having a bad day."""

from __future__ import annotations

import asyncio
import random
import signal
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from enum import Enum
from pathlib import Path

from bot.demo.relay.chaos import Chaos
from tests.support.chaos.database import Database
from tests.support.chaos.members import WHILE_IT_LASTS, Crowd
from tests.support.wire.bot_under_test import BotProcess
from tests.support.wire.discord_server import DiscordServer
from tests.support.wire.fleet import Fleet, open_fleet

LEASE = 5.0
DELAY = 0.2
SETTINGS = {
    "LOG_LEVEL": "INFO",
    "RELAY_TIMEOUT": "3",
    "RELAY_CONCURRENCY": "12",
    "WORKER_LEASE": str(LEASE),
}


class Trouble(Enum):
    """What can happen beside the relay's faults."""

    KILL = "a process is killed and started again"
    PAUSE = "a process stands still for longer than its lease"
    CUT = "every connection to the database is cut"
    OUTAGE = "the database goes away and comes back"


@dataclass(slots=True)
class Storm:
    """All there is; ``workers`` are the processes that draw, with or without a gateway of their own."""

    fleet: Fleet
    crowd: Crowd
    workers: list[BotProcess]
    database: Database
    chance: random.Random

    @property
    def discord(self) -> DiscordServer:
        """The simulated Discord."""
        return self.fleet.discord

    @property
    def moments(self) -> int:
        """How much has happened so far."""
        return len(self.discord.desk.calls) + len(self.fleet.relay.asked)

    async def moment(self, *, answered: int, then: int) -> None:
        """Wait until so many are answered and then for one of the next ``then`` moments."""
        await self.discord.until(
            lambda: self.crowd.answered >= answered, f"{answered} answers", WHILE_IT_LASTS
        )
        number = self.moments + self.chance.randrange(then)
        await self.discord.until(
            lambda: self.moments >= number or self.crowd.done, f"moment {number}", WHILE_IT_LASTS
        )

    async def meet(self, trouble: Trouble) -> None:
        """Let it happen, and go on when it is over."""
        worker = self.chance.choice(self.workers)
        match trouble:
            case Trouble.KILL:
                assert await worker.stop(signal.SIGKILL) == -signal.SIGKILL
                await worker.start()
            case Trouble.PAUSE:
                worker.signal(signal.SIGSTOP)
                await asyncio.sleep(LEASE + 2)  # it is time itself that must pass
                worker.signal(signal.SIGCONT)
            case Trouble.CUT:
                await self.database.cut()
            case Trouble.OUTAGE:
                await self.database.go_away()
                await self.database.come_back()

    async def settle(self) -> None:
        """Wait until the database knows of every answer: also of those whose teller was killed before."""
        while any(job.state not in ("done", "cancelled") for job in self.database.jobs()):  # noqa: ASYNC110  # nobody is told
            await asyncio.sleep(0.2)

    async def end(self) -> None:
        """Ask every process to end, as an operator does."""
        codes = await asyncio.gather(*(process.stop(patience=40) for process in self.fleet.processes))
        assert set(codes) == {0}, codes


@asynccontextmanager
async def open_storm(
    folder: Path, database: Database, *, workers: int, chaos: Chaos, chance: random.Random
) -> AsyncGenerator[Storm]:
    """Open a storm around a process at the gateway and so many workers; 0: one process is both."""
    async with open_fleet(database.url, folder, delay=DELAY, chaos=chaos, ready=True) as fleet:
        crowd = Crowd(fleet.discord, lambda: fleet.discord.gateway.identified)
        if workers:
            fleet.process("run", RUN_WORKERS="false", **SETTINGS)
            drawing = [fleet.process("worker", **SETTINGS) for _ in range(workers)]
        else:
            drawing = [fleet.process("run", **SETTINGS)]
        try:
            await asyncio.gather(*(process.start() for process in fleet.processes))
            yield Storm(fleet, crowd, drawing, database, chance)
        finally:
            for process in fleet.processes:
                (process.folder / "log.txt").write_text(process.log)
