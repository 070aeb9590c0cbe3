"""The bot's processes between a simulated Discord and a faulty relay."""

from __future__ import annotations

import asyncio
import random
import resource
import signal
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from enum import Enum
from pathlib import Path

from bot.demo.relay.chaos import Chaos
from tests.support.chaos.database import Database
from tests.support.chaos.members import MAX_WAIT, Members
from tests.support.chaos.models import OTHER_PATH, write_models
from tests.support.wire.bot_under_test import RELAY_TOKEN, BotProcess
from tests.support.wire.discord_server import DiscordServer
from tests.support.wire.fleet import Fleet, open_fleet

LEASE = 5.0
DELAY = 0.2
FAILOVER = 5.0
"""Seconds for which the database is away."""
SERVICE_DOWN = 12.0
"""Seconds for which a service fails: after three failures within five it counts as down."""
DISK_FULL = 3.0
"""Seconds for which a disk is full."""
CLOCK_OFFSETS = ("-30", "30", "0")
"""Seconds by which the clocks of the workers' machines are fast."""
SETTINGS = {
    "LOG_LEVEL": "INFO",
    "RELAY_TIMEOUT": "3",
    "RELAY_CONCURRENCY": "12",
    "WORKER_LEASE": str(LEASE),
}


class Fault(Enum):
    """Faults injected beside those of the relay."""

    KILL = "a process is killed and restarted"
    PAUSE = "a process is stopped for longer than its lease"
    CUT = "every connection to the database is cut"
    OUTAGE = "the database is stopped and started"
    FAILOVER = "the database is away for seconds"
    STOP = "a process is stopped by SIGTERM and restarted"
    DISK_FULL = "a worker can't write files for seconds"
    SERVICE_DOWN = "one of two services fails for seconds"


@dataclass(slots=True)
class ChaosRun:
    """The parts of a run; ``workers`` are the processes that generate pictures."""

    fleet: Fleet
    members: Members
    workers: list[BotProcess]
    database: Database
    rng: random.Random

    @property
    def discord(self) -> DiscordServer:
        """The simulated Discord."""
        return self.fleet.discord

    @property
    def events(self) -> int:
        """How many Discord and relay calls there were so far."""
        return len(self.discord.rest.calls) + len(self.fleet.relay.requests)

    async def wait_for_moment(self, *, answered: int, then: int) -> None:
        """Wait until ``answered`` requests are answered, then for one of the next ``then`` calls."""
        await self.discord.until(lambda: self.members.answered >= answered, f"{answered} answers", MAX_WAIT)
        number = self.events + self.rng.randrange(then)
        await self.discord.until(
            lambda: self.events >= number or self.members.done, f"call {number}", MAX_WAIT
        )

    async def inject(self, fault: Fault) -> None:
        """Inject a fault and return when it is over."""
        worker = self.rng.choice(self.workers)
        match fault:
            case Fault.KILL:
                assert await worker.stop(signal.SIGKILL) == -signal.SIGKILL
                await worker.start()
            case Fault.PAUSE:
                worker.signal(signal.SIGSTOP)
                await asyncio.sleep(LEASE + 2)  # the lease must expire in real time
                worker.signal(signal.SIGCONT)
            case Fault.CUT:
                await self.database.cut_connections()
            case Fault.OUTAGE:
                await self.database.stop()
                await self.database.start()
            case Fault.FAILOVER:
                await self.database.stop()
                await asyncio.sleep(FAILOVER)
                await self.database.start()
            case Fault.STOP:
                process = self.rng.choice(self.fleet.processes)
                assert await process.stop(seconds=60) == 0
                await process.start()
            case Fault.DISK_FULL:
                _limit_file_size(worker, 0)
                await asyncio.sleep(DISK_FULL)
                _limit_file_size(worker, resource.RLIM_INFINITY)
            case Fault.SERVICE_DOWN:
                self.fleet.relay.broken.add(OTHER_PATH)
                await asyncio.sleep(SERVICE_DOWN)
                self.fleet.relay.broken.clear()

    async def wait_until_recorded(self) -> None:
        """Wait until every answer is recorded, including those whose worker was killed after posting."""
        while any(job.state not in ("done", "cancelled") for job in self.database.jobs()):  # noqa: ASYNC110  # nothing signals it
            await asyncio.sleep(0.2)

    async def stop_processes(self) -> None:
        """Stop every process with SIGTERM and check that it exits cleanly."""
        codes = await asyncio.gather(*(process.stop(seconds=40) for process in self.fleet.processes))
        assert set(codes) == {0}, codes


def _limit_file_size(process: BotProcess, size: int) -> None:
    """Let writes to files fail beyond a size; pipes and sockets work."""
    resource.prlimit(process.pid, resource.RLIMIT_FSIZE, (size, resource.RLIM_INFINITY))


@asynccontextmanager
async def open_chaos_run(
    folder: Path, database: Database, *, workers: int, chaos: Chaos, rng: random.Random
) -> AsyncGenerator[ChaosRun]:
    """Start a gateway process and ``workers`` workers; with 0 a single process does both."""
    async with open_fleet(database.url, folder, delay=DELAY, chaos=chaos, ready=True) as fleet:
        members = Members(fleet.discord, lambda: fleet.discord.gateway.identified)
        models = write_models(folder, fleet.relay_url)
        settings = {**SETTINGS, "MODELS_FILE": models, "ARK_API_KEY": RELAY_TOKEN}
        if workers:
            fleet.process("run", RUN_WORKERS="false", **settings)
            worker_processes = [
                fleet.process("worker", **settings, CLOCK_OFFSET=offset) for offset in CLOCK_OFFSETS[:workers]
            ]
        else:
            worker_processes = [fleet.process("run", **settings)]
        try:
            await asyncio.gather(*(process.start() for process in fleet.processes))
            yield ChaosRun(fleet, members, worker_processes, database, rng)
        finally:
            for process in fleet.processes:
                (process.folder / "log.txt").write_text(process.log)
