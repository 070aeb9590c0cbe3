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

from bot_under_test import BotProcess, CountedRelay
from crowd import WHILE_IT_LASTS, Crowd
from database import Database
from discord_server import DiscordServer

from bot.demo.chaos import Chaos

LEASE = 5.0
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

    discord: DiscordServer
    relay: CountedRelay
    crowd: Crowd
    workers: list[BotProcess]
    database: Database
    chance: random.Random

    @property
    def moments(self) -> int:
        """How much has happened so far."""
        return len(self.discord.desk.calls) + len(self.relay.asked)

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
        """Wait for the answers of those too who didn't know that they were heard."""
        known = {row.interaction_id for row in self.database.jobs()}
        late = [asked for asked in self.crowd.asked if asked.exchange.id in known]
        await self.discord.until(
            lambda: all(asked.answered for asked in late), "late answers", WHILE_IT_LASTS
        )

    async def end(self) -> None:
        """Ask every process to end, as an operator does."""
        codes = await asyncio.gather(*(worker.stop(patience=40) for worker in self.workers))
        assert set(codes) == {0}, codes


@asynccontextmanager
async def open_storm(
    folder: Path, database: Database, *, workers: int, chaos: Chaos, chance: random.Random
) -> AsyncGenerator[Storm]:
    """Open a storm around so many processes on one database."""
    discord = DiscordServer()
    relay = CountedRelay(discord, delay=0.2, chaos=chaos, ready=True)
    async with discord.serve(), relay.serve() as url:
        crowd = Crowd(discord, lambda: discord.gateway.identified)
        bots = [
            BotProcess(discord, url, folder / str(number), DATABASE_URL=database.url, **SETTINGS)
            for number in range(workers)
        ]
        try:
            for bot in bots:
                bot.folder.mkdir()
                await bot.start()
            yield Storm(discord, relay, crowd, bots, database, chance)
        finally:
            await asyncio.gather(*(bot.stop(signal.SIGKILL) for bot in bots if bot.running))
            for bot in bots:
                (bot.folder / "log.txt").write_text(bot.log)
