"""How much is asked for in a storm, and what goes wrong meanwhile."""

from __future__ import annotations

import asyncio
import random
from dataclasses import dataclass
from pathlib import Path

from bot.demo.relay.chaos import Chaos
from tests.support.chaos.database import Database
from tests.support.chaos.invariants import reckon
from tests.support.chaos.run import Storm, Trouble, open_storm

SOON = 25
"""Among how many next moments the one of a trouble is chosen."""

SHORT = {"members": 8, "each": 5, "seed": 114}
"""A day on which every fault comes, and nobody needs many tries."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """Requests of ``members``, ``each`` so many, and how often each trouble comes."""

    members: int
    each: int
    kills: int
    pauses: int
    cuts: int = 0
    outages: int = 0
    seed: int = 1
    patience: float = 240.0
    """Seconds it may take in all, however slow the machine is."""

    @property
    def requests(self) -> int:
        """How many requests there are in all."""
        return self.members * self.each

    def troubles(self, chance: random.Random) -> list[Trouble]:
        """Return what comes, in a random order."""
        found = [Trouble.KILL] * self.kills + [Trouble.PAUSE] * self.pauses
        found += [Trouble.CUT] * self.cuts + [Trouble.OUTAGE] * self.outages
        chance.shuffle(found)
        return found

    async def weather(self, folder: Path, database: Database, *, workers: int) -> None:
        """Let the storm pass, and see that nobody was forgotten or told twice."""
        chance, chaos = random.Random(self.seed), Chaos(seed=self.seed)
        async with open_storm(folder, database, workers=workers, chaos=chaos, chance=chance) as storm:
            try:
                async with asyncio.timeout(self.patience):
                    async with asyncio.TaskGroup() as group:
                        group.create_task(storm.crowd.ask(self.members, self.each))
                        group.create_task(self._trouble(storm))
                    await storm.settle()
            except TimeoutError:
                raise AssertionError("\n".join(["still not answered:", *storm.crowd.unanswered])) from None
            await storm.end()
            print(await reckon(storm, requests=self.requests))  # noqa: T201  # the figures of a long run

    async def _trouble(self, storm: Storm) -> None:
        """Spread the troubles over the whole storm, each at a moment that nobody chose."""
        troubles = self.troubles(storm.chance)
        for number, trouble in enumerate(troubles, 1):
            await storm.moment(answered=self.requests * number // (len(troubles) + 2), then=SOON)
            await storm.meet(trouble)
