"""A runner with everything around it, and a clock that the test turns."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path
from uuid import uuid4

from bot.domain.errors import RelayUnavailable
from bot.domain.models import Delivered, Draft, ImageRequest, Job, Picture, Progress, ReplyTo, Requester
from bot.pictures.originals import Originals
from bot.store.personal_data import Batch, Records
from bot.store.queue.jobs import JobStore
from bot.store.queue.relay_state import Pool
from bot.worker.circuit_breaker import WatchedRelay
from bot.worker.completion import Telling
from bot.worker.generation import Drawing
from bot.worker.runner import Runner

PNG = bytes.fromhex("89504e470d0a1a0a0000000d49484452000000020000000308020000003600a7e5")


@dataclass
class ScriptedRelay:
    """Ends each call as the script says: an error, or a picture when it has run out."""

    script: list[Exception | None] = field(default_factory=list[Exception | None])
    broken_for: str | None = None
    calls: int = 0
    most_at_once: int = 0
    hold: asyncio.Event | None = None
    _running: int = 0

    async def generate(self, request: ImageRequest, into: Path) -> Picture:
        self.calls += 1
        self._running += 1
        self.most_at_once = max(self.most_at_once, self._running)
        try:
            return await self._draw(request, into)
        finally:
            self._running -= 1

    def release(self) -> None:
        """Let those that are held draw."""
        assert self.hold is not None
        self.hold.set()

    async def _draw(self, request: ImageRequest, into: Path) -> Picture:
        outcome = self.script.pop(0) if self.script else None
        if self.hold:
            await self.hold.wait()
        if request.prompt == self.broken_for:
            raise RelayUnavailable
        if outcome:
            raise outcome
        path = into / f"{uuid4().hex}.png"
        await asyncio.to_thread(_write, path)
        return Picture(path=path, format="png", width=2, height=3)


def _write(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(PNG)


@dataclass
class Mailbox:
    """Keeps what would have been shown, and fails as often as told."""

    failures: list[Exception] = field(default_factory=list[Exception])
    progress_shown: list[Progress] = field(default_factory=list[Progress])
    delivered: list[Job] = field(default_factory=list[Job])

    cancelled: list[Job] = field(default_factory=list[Job])
    before: Callable[[], Awaitable[object]] | None = None
    reachable: bool = True

    async def progress(self, job: Job, progress: Progress, *, until: float) -> None:
        self.progress_shown.append(progress)

    async def cancel(self, job: Job) -> None:
        self.cancelled.append(job)

    async def deliver(self, job: Job, hold: Callable[[], Awaitable[None]]) -> Delivered | None:
        if self.before:
            await self.before()
        await hold()
        if self.failures:
            raise self.failures.pop(0)
        assert all(picture.path.exists() for picture in job.pictures)
        self.delivered.append(job)
        if not self.reachable:
            return None
        return Delivered(channel_id=job.requester.channel_id, message_id=job.message_id)


@dataclass
class Bench:
    """A runner with everything around it, and a clock that the test turns."""

    jobs: JobStore
    spool: Path
    originals: Originals
    pool: Pool
    records: Records
    relay: ScriptedRelay = field(default_factory=ScriptedRelay)
    mail: Mailbox = field(default_factory=Mailbox)
    now: float = 1000.0
    runner: Runner = field(init=False)

    def __post_init__(self) -> None:
        self.runner = self.new_runner("first")

    def new_runner(
        self, worker: str, capacity: int = 4, *, own: int | None = None, keep_all: bool = False
    ) -> Runner:
        def clock() -> float:
            return self.now

        telling = Telling(
            self.jobs,
            self.mail,
            self.originals,
            worker=worker,
            spool=self.spool,
            clock=clock,
            keep_all=keep_all,
        )
        return Runner(
            self.jobs,
            Drawing(
                WatchedRelay(self.relay, self.pool, clock),
                self.spool,
                begin=lambda: self.jobs.begin(now=self.now),
            ),
            telling,
            self.mail,
            worker=worker,
            spool=self.spool,
            capacity=capacity,
            own=own,
            clock=clock,
            jitter=lambda: 0.0,
        )

    async def ask(self, count: int = 1, prompt: str = "a fox") -> Job:
        job = await self.jobs.add(
            Draft(kind="imagine", request=ImageRequest(prompt=prompt), count=count),
            Requester(user_id=1, channel_id=2, guild_id=3, locale="en", guild_locale=None, upload_limit=10),
            ReplyTo(
                interaction_id=uuid4().int >> 70,
                application_id=1,
                token="t",
                message_id=7,
                ephemeral=False,
                expires_at=self.now + 870,
            ),
            now=self.now,
            deadline=self.now + 3600,
        )
        assert job is not None
        return job

    async def begin(self) -> Job:
        """Ask for a picture, and hold the relay's call for it."""
        self.relay.hold = asyncio.Event()
        job = await self.ask()
        self.runner.pump()
        await until(lambda: self.relay.calls == 1)
        return job

    async def work(self) -> None:
        """Pump until nothing moves any more."""
        self.runner.pump()
        await self.idle()

    async def rest(self) -> None:
        """Let the runner look at the queue, whatever is being drawn meanwhile."""
        while looks := [task for task in asyncio.all_tasks() if task.get_name() == "pump"]:
            await asyncio.wait(looks)

    async def idle(self) -> None:
        while others := asyncio.all_tasks() - {asyncio.current_task()}:
            await asyncio.wait(others)

    async def delete(self, job: Job) -> None:
        """Delete a job as its asker can, with all that is kept about them."""
        await self.records.erase(Batch(ids=[job.id], kept=[]))

    async def state(self, job: Job) -> str:
        found = await self.jobs.get(job.id)
        return found.state if found else "gone"


async def until(true: Callable[[], bool]) -> None:
    async with asyncio.timeout(10):
        while not true():  # noqa: ASYNC110  # a turn of the loop at a time: nothing tells of it
            await asyncio.sleep(0)
