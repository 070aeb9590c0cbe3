"""How many requests a chaos run makes, and which faults it injects."""

from __future__ import annotations

import asyncio
import os
import random
from dataclasses import dataclass, field
from pathlib import Path

from bot.demo.relay.chaos import Chaos
from tests.support.chaos.database import Database
from tests.support.chaos.invariants import check_invariants
from tests.support.chaos.run import ChaosRun, Fault, open_chaos_run

FAULT_SPREAD = 25
"""Among how many next calls the one that triggers a fault is chosen."""

SHORT = {"members": 10, "each": 4}
LONG = {"members": 250, "each": 4}
"""A thousand requests, few per member: five refusals within an hour make a member wait."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """``members`` make ``each`` requests; the rest is how often each fault occurs."""

    members: int
    each: int
    kills: int
    pauses: int
    cuts: int = 0
    outages: int = 0
    failovers: int = 0
    stops: int = 0
    full_disks: int = 0
    services_down: int = 0
    seed: int = field(default_factory=lambda: int(os.environ.get("CHAOS_SEED", "114")))
    timeout: float = 240.0
    """Seconds the whole run may take, on a slow machine too."""

    @property
    def requests(self) -> int:
        """The total number of requests."""
        return self.members * self.each

    def faults(self, rng: random.Random) -> list[Fault]:
        """Return the faults in random order."""
        found = [Fault.KILL] * self.kills + [Fault.PAUSE] * self.pauses
        found += [Fault.CUT] * self.cuts + [Fault.OUTAGE] * self.outages
        found += [Fault.FAILOVER] * self.failovers + [Fault.STOP] * self.stops
        found += [Fault.DISK_FULL] * self.full_disks + [Fault.SERVICE_DOWN] * self.services_down
        rng.shuffle(found)
        return found

    async def run(self, folder: Path, database: Database, *, workers: int) -> None:
        """Execute the plan and check that every request was answered exactly once."""
        rng, chaos = random.Random(self.seed), Chaos(seed=self.seed)
        async with open_chaos_run(folder, database, workers=workers, chaos=chaos, rng=rng) as run:
            try:
                async with asyncio.timeout(self.timeout):
                    async with asyncio.TaskGroup() as group:
                        group.create_task(run.members.submit_all(self.members, self.each))
                        group.create_task(self._inject_faults(run))
                    await run.wait_until_recorded()
            except TimeoutError:
                raise AssertionError("\n".join(["not answered:", *run.members.unanswered])) from None
            await run.stop_processes()
            print(await check_invariants(run, requests=self.requests))  # noqa: T201  # the figures of a long run

    async def _inject_faults(self, run: ChaosRun) -> None:
        """Spread the faults over the whole run, each at a random moment."""
        faults = self.faults(run.rng)
        for number, fault in enumerate(faults, 1):
            await run.wait_for_moment(answered=self.requests * number // (len(faults) + 2), then=FAULT_SPREAD)
            await run.inject(fault)
