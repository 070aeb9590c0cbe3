"""Simulated members who request pictures concurrently and repeat requests that no process acknowledged."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from tests.support.chaos.models import OTHER_MODEL, RELAY_MODEL
from tests.support.wire.discord_objects import StoredInteraction
from tests.support.wire.discord_server import DiscordServer


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """A kind of request: a command with options, and how many pictures it is for."""

    count: int
    command: str = "imagine"
    options: Mapping[str, Any] = field(default_factory=dict[str, Any])


MAX_ACTIVE_MEMBERS = 50
"""Members with open requests at the same time."""
MAX_OPEN_REQUESTS = 4
"""Concurrent requests per member; the next is made when one of them is answered."""
KINDS: tuple[Kind, ...] = (
    Kind(count=1),
    Kind(count=2, command="compare", options={"model1": RELAY_MODEL, "model2": OTHER_MODEL}),
    Kind(count=1, options={"model": OTHER_MODEL}),
    Kind(count=3, options={"count": 3}),
)
"""A member's requests, in turn; several pictures appear on the card one by one."""
MAX_REJECTIONS = 60
"""Rejections of one request after which the run fails, as something rejects it for good."""
REJECTION_PAUSE = 1.0
"""Seconds before a rejected request is repeated."""
REPEAT_PAUSE = 3.0
"""Seconds until a person has read that a request wasn't acknowledged, and repeats it; without a pause, a busy
process would have to answer more requests the later it is."""
WAITING = "Waiting for the bot's storage"
"""What a card says whose request isn't accepted yet."""
MAX_WAIT = 3600.0
"""Seconds for a single wait; the run as a whole has its own time limit."""


@dataclass(slots=True, kw_only=True)
class Submission:
    """A request: who made it, its prompt, and the interaction that shows its answer."""

    member: int
    prompt: str
    kind: Kind
    interaction: StoredInteraction
    unheard: bool = False
    """Whether its member saw no acknowledgement, and repeated it."""

    @property
    def count(self) -> int:
        """How many pictures it is for."""
        return self.kind.count

    @property
    def acknowledged(self) -> bool:
        """Whether its member sees more than the "thinking" state, or than that it waits for the database."""
        message = self.interaction.message
        return message is not None and bool(message.edits) and WAITING not in message.text

    @property
    def answered(self) -> bool:
        """Whether its member sees a picture or the reason why there is none."""
        return self.interaction.message is not None and self.interaction.message.is_outcome

    @property
    def shown(self) -> str | None:
        """What its member reads."""
        return self.interaction.message and self.interaction.message.text

    @property
    def rejected(self) -> bool:
        """Whether its member was told that the request wasn't accepted."""
        return self.acknowledged and not self.interaction.response_message.buttons


@dataclass(slots=True)
class Members:
    """Submit requests through ``discord``; ``processes_seen`` counts the gateway sessions so far.

    Each member makes requests of ``kinds`` in turn.
    """

    discord: DiscordServer
    processes_seen: Callable[[], int]
    kinds: Sequence[Kind] = KINDS
    submissions: list[Submission] = field(default_factory=list[Submission])
    refusals: Counter[str] = field(default_factory=Counter[str])
    """How often each text told a member that their request wasn't accepted."""
    answered: int = 0
    done: bool = False
    """Whether every request is answered."""

    @property
    def unanswered(self) -> list[str]:
        """What members see whose requests aren't answered yet."""
        waiting = [each for each in self.submissions if not (each.answered or each.rejected or each.unheard)]
        return [f"{each.prompt}: {each.shown}" for each in waiting]

    async def submit_all(self, members: int, each: int) -> None:
        """Let every member request ``each`` pictures, and wait until all are answered."""
        active = asyncio.Semaphore(MAX_ACTIVE_MEMBERS)
        async with asyncio.TaskGroup() as group:
            for member in range(members):
                group.create_task(self._submit_of_member(active, member, each))
        self.done = True
        self.discord.notify()

    async def _submit_of_member(self, active: asyncio.Semaphore, member: int, each: int) -> None:
        limit = asyncio.Semaphore(MAX_OPEN_REQUESTS)
        async with active, asyncio.TaskGroup() as group:
            for number in range(each):
                prompt = f"member {member} picture {number}"
                kind = self.kinds[number % len(self.kinds)]
                group.create_task(self._submit_until_answered(limit, 1000 + member, prompt, kind))

    async def _submit_until_answered(
        self, limit: asyncio.Semaphore, member: int, prompt: str, kind: Kind
    ) -> None:
        async with limit:
            submission = await self._submit_until_acknowledged(member, prompt, kind)
            await self.discord.until(lambda: submission.answered, f"an answer to {prompt}", MAX_WAIT)
            self.answered += 1

    async def _submit_until_acknowledged(self, member: int, prompt: str, kind: Kind) -> Submission:
        rejections = 0
        while True:
            submission = await self._submit_once(member, prompt, kind)
            if submission.rejected:
                rejections += 1
                shown = submission.interaction.response_message.text.strip()
                self.refusals[shown] += 1
                assert rejections < MAX_REJECTIONS, f"{prompt} is rejected for good: {shown}"
                await asyncio.sleep(REJECTION_PAUSE)
            elif submission.acknowledged:
                return submission
            else:
                submission.unheard = True
                await asyncio.sleep(REPEAT_PAUSE)

    async def _submit_once(self, member: int, prompt: str, kind: Kind) -> Submission:
        """Submit once; wait for an acknowledgement, or the end of the process."""
        await self.discord.until(lambda: self.discord.gateway.connected, "a connected gateway", MAX_WAIT)
        seen = self.processes_seen()
        interaction = await self.discord.slash(
            member, kind.command, prompt=prompt, size="1K", wait=False, **kind.options
        )
        submission = Submission(member=member, prompt=prompt, kind=kind, interaction=interaction)
        self.submissions.append(submission)
        await self.discord.until(
            lambda: (
                submission.acknowledged or interaction.acknowledged_too_late or self.processes_seen() > seen
            ),
            f"an acknowledgement of {prompt}",
            MAX_WAIT,
        )
        return submission
