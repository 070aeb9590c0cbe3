"""Members who ask for pictures all at once, and ask again when nobody heard them."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field

from tests.support.wire.discord_server import DiscordServer
from tests.support.wire.discord_world import Exchange

OPEN = 4
"""Requests that a member has open at once; the next is made when one of them is answered."""
WHILE_IT_LASTS = 3600.0
"""Seconds for a single wait: what a storm as a whole may take is said where it begins."""


@dataclass(slots=True, kw_only=True)
class Asked:
    """A request: who made it for what, and where its answer is to stand."""

    member: int
    prompt: str
    exchange: Exchange
    given_up: bool = False
    """Whether nobody heard it, for all its asker could see, so that it was asked again."""

    @property
    def heard(self) -> bool:
        """Whether its asker sees more than that somebody thinks."""
        return self.exchange.message is not None and bool(self.exchange.message.edits)

    @property
    def answered(self) -> bool:
        """Whether its asker sees a picture or why there is none."""
        return self.exchange.message is not None and self.exchange.message.is_outcome

    @property
    def turned_away(self) -> bool:
        """Whether its asker reads that nothing was taken in."""
        return self.heard and not self.exchange.shown.buttons


@dataclass(slots=True)
class Crowd:
    """Asks through ``discord``; ``lives`` counts the processes that listened there so far."""

    discord: DiscordServer
    lives: Callable[[], int]
    asked: list[Asked] = field(default_factory=list[Asked])
    answered: int = 0
    done: bool = False
    """Whether everyone has all they asked for."""

    @property
    def unanswered(self) -> list[str]:
        """What those see who still wait."""
        waiting = [each for each in self.asked if not (each.answered or each.turned_away or each.given_up)]
        return [f"{each.prompt}: {each.exchange.shown.text if each.heard else None}" for each in waiting]

    async def ask(self, members: int, each: int) -> None:
        """Let every member ask for so many pictures, and wait until each request is answered."""
        async with asyncio.TaskGroup() as group:
            for member in range(members):
                gate = asyncio.Semaphore(OPEN)
                for number in range(each):
                    group.create_task(self._one(gate, 1000 + member, f"member {member} picture {number}"))
        self.done = True
        self.discord.notify()

    async def _one(self, gate: asyncio.Semaphore, member: int, prompt: str) -> None:
        async with gate:
            asked = await self._until_heard(member, prompt)
            await self.discord.until(lambda: asked.answered, f"an answer to {prompt}", WHILE_IT_LASTS)
            self.answered += 1

    async def _until_heard(self, member: int, prompt: str) -> Asked:
        while True:
            asked = await self._once(member, prompt)
            if asked.heard and not asked.turned_away:
                return asked
            asked.given_up = not asked.heard

    async def _once(self, member: int, prompt: str) -> Asked:
        """Ask, and wait for a word or for the end of whom might have said it."""
        await self.discord.until(lambda: self.discord.gateway.connected, "a bot to ask", WHILE_IT_LASTS)
        life = self.lives()
        exchange = await self.discord.slash(member, "imagine", prompt=prompt, size="1K", wait=False)
        asked = Asked(member=member, prompt=prompt, exchange=exchange)
        self.asked.append(asked)
        await self.discord.until(
            lambda: asked.heard or exchange.missed or self.lives() > life,
            f"a word on {prompt}",
            WHILE_IT_LASTS,
        )
        return asked
