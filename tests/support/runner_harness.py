"""A runner with its collaborators and a clock that the test sets."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from uuid import uuid4

from sqlalchemy import Engine

from bot.domain.errors import RelayUnavailable, SizeRefused
from bot.domain.image_models.comparisons import with_models
from bot.domain.models import (
    DeliveredMessage,
    Draft,
    ImageRequest,
    Job,
    Picture,
    Progress,
    ReplyTo,
    Requester,
    ShownPicture,
    Size,
)
from bot.domain.ports import Originals
from bot.domain.request_rules import relay_request
from bot.pictures.originals import open_originals
from bot.store.personal_data import Batch, PersonalDataStore
from bot.store.queue.jobs import JobStore
from bot.store.queue.services.relay_state import RelayState
from bot.worker.answers.originals_keeper import OriginalsKeeper
from bot.worker.config import WorkerConfig
from bot.worker.factory import Answering, Drawing, create_runner
from bot.worker.generation.drawn_pictures import missing_pictures
from bot.worker.runner import Runner

PNG = bytes.fromhex("89504e470d0a1a0a0000000d49484452000000020000000308020000003600a7e5")


@dataclass
class ScriptedRelay:
    """Ends each call with the script's next error, or with a picture once the script is exhausted."""

    script: list[Exception | None] = field(default_factory=list[Exception | None])
    broken_for: str | None = None
    by_model: dict[str, Exception] = field(default_factory=dict[str, Exception])
    """The error of every call of a model."""
    models: list[str | None] = field(default_factory=list[str | None])
    """Those of the calls, in order."""
    refused_sizes: frozenset[Size] = frozenset()
    calls: int = 0
    most_at_once: int = 0
    gate: asyncio.Event | None = None
    called: asyncio.Event | None = None
    """Set at the first call."""
    _running: int = 0

    async def generate(self, request: ImageRequest, into: Path) -> Picture:
        self.calls += 1
        self.models.append(request.model)
        self._running += 1
        self.most_at_once = max(self.most_at_once, self._running)
        try:
            return await self._draw(request, into)
        finally:
            self._running -= 1

    def open_gate(self) -> None:
        """Let the waiting calls finish."""
        assert self.gate is not None
        self.gate.set()

    async def _draw(self, request: ImageRequest, into: Path) -> Picture:
        outcome = self.script.pop(0) if self.script else None
        if self.called:
            self.called.set()
        if self.gate:
            await self.gate.wait()
        if error := self.by_model.get(request.model or ""):
            raise error
        if request.prompt == self.broken_for:
            raise RelayUnavailable
        if outcome:
            raise outcome
        if request.size in self.refused_sizes:
            raise SizeRefused
        path = into / f"{uuid4().hex}.png"
        await asyncio.to_thread(_write, path)
        return Picture(path=path, format="png", width=2, height=3)


def _write(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(PNG)


@dataclass
class RecordingDelivery:
    """Records what would have been shown, and raises the given failures first."""

    failures: list[Exception] = field(default_factory=list[Exception])
    progress_shown: list[Progress] = field(default_factory=list[Progress])
    delivered: list[Job] = field(default_factory=list[Job])

    cancelled: list[Job] = field(default_factory=list[Job])
    on_cards: Sequence[ShownPicture] | None = None
    """What cards show; None for what is recorded."""
    before: Callable[[], Awaitable[object]] | None = None
    after: Callable[[Job], Awaitable[object]] | None = None
    """Called once, after the next answer."""
    reachable: bool = True
    shown: set[int] = field(default_factory=set[int])
    """Jobs whose card shows their answer."""
    held: list[Job] = field(default_factory=list[Job])
    """Jobs that were given back and whose cards are held to show why they wait."""
    released: list[int] = field(default_factory=list[int])
    checked_later: list[int] = field(default_factory=list[int])

    def release(self, job: Job) -> None:
        self.released.append(job.id)

    def check_later(self, job: Job) -> None:
        self.checked_later.append(job.id)

    def may_be_covered(self, job: Job) -> bool:
        return job.id in self.checked_later

    async def shows_pictures(self, job: Job) -> bool:
        return job.id in self.shown

    async def shows_answer(self, job: Job) -> bool:
        return job.id in self.shown

    async def progress(self, job: Job, progress: Progress, *, until: float) -> None:
        self.progress_shown.append(progress)

    async def show_retry(self, job: Job, progress: Progress, *, since: float) -> None:
        self.progress_shown.append(progress)
        self.held.append(job)

    async def cancel(self, job: Job) -> None:
        self.cancelled.append(job)

    async def read_shown(self, job: Job) -> Sequence[ShownPicture]:
        return job.shown if self.on_cards is None else self.on_cards

    async def deliver(self, job: Job, extend_lease: Callable[[], Awaitable[None]]) -> DeliveredMessage | None:
        if self.before:
            await self.before()
        await extend_lease()
        if self.failures:
            raise self.failures.pop(0)
        assert missing_pictures(job) == []
        self.delivered.append(job)
        if self.after:
            after, self.after = self.after, None
            await after(job)
        if not self.reachable:
            return None
        return DeliveredMessage(channel_id=job.requester.channel_id, message_id=job.message_id)


async def _unprepared(job: Job) -> ImageRequest:
    return relay_request(job.draft)


@dataclass
class RunnerHarness:
    """A runner with its collaborators and a clock that the test sets."""

    jobs: JobStore
    spool: Path
    originals: Originals
    relay_state: RelayState
    records: PersonalDataStore
    relay: ScriptedRelay = field(default_factory=ScriptedRelay)
    delivery: RecordingDelivery = field(default_factory=RecordingDelivery)
    answered: list[Job] = field(default_factory=list[Job])
    """Jobs in the order of their first answers."""
    now: float = 1000.0
    largest: Size = "4K"
    runner: Runner = field(init=False)

    def __post_init__(self) -> None:
        self.runner = self.new_runner("first")

    def new_runner(
        self,
        worker: str,
        capacity: int = 4,
        *,
        own: int | None = None,
        keep_all: bool = False,
        spool_limit: int | None = None,
    ) -> Runner:
        def clock() -> float:
            return self.now

        config = WorkerConfig(
            name=worker,
            spool=self.spool,
            capacity=capacity,
            worker_capacity=own,
            keep_originals=keep_all,
            spool_limit=spool_limit,
        )
        return create_runner(
            self.jobs,
            Drawing(relay=self.relay, health=self.relay_state, prepare=_unprepared, largest=self._largest),
            Answering(
                delivery=self.delivery,
                originals=OriginalsKeeper(self.jobs, self.originals, config),
                on_delivered=self._on_delivered,
            ),
            config,
            clock,
            jitter=lambda: 0.0,
        )

    async def _largest(self, _: int | None) -> Size:
        return self.largest

    async def _on_delivered(self, job: Job, _: DeliveredMessage | None) -> None:
        self.answered.append(job)

    async def submit(
        self, count: int = 1, prompt: str = "a fox", size: Size = "2K", compared: Sequence[str] = ()
    ) -> Job:
        draft = Draft(kind="imagine", request=ImageRequest(prompt=prompt, size=size), count=count)
        job = await self.jobs.add(
            with_models(draft, compared) if compared else draft,
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

    async def start_generating(self) -> Job:
        """Submit a job, and keep its relay call waiting."""
        self.relay.gate = asyncio.Event()
        job = await self.submit()
        self.runner.pump()
        await until(lambda: self.relay.calls == 1)
        return job

    async def run_until_idle(self) -> None:
        """Pump and wait until every task has ended."""
        self.runner.pump()
        await self.wait_until_idle()

    async def wait_until_idle(self) -> None:
        while others := asyncio.all_tasks() - {asyncio.current_task()}:
            await asyncio.wait(others)

    async def delete(self, job: Job) -> None:
        """Delete a job as its requester can, with all their data."""
        await self.records.erase(Batch(ids=[job.id], kept=[]))

    async def state(self, job: Job) -> str:
        found = await self.jobs.get(job.id)
        return found.state if found else "gone"


async def until(true: Callable[[], bool]) -> None:
    async with asyncio.timeout(60):
        while not true():  # noqa: ASYNC110  # one iteration of the loop at a time: nothing signals it
            await asyncio.sleep(0)


def harness_on(engine: Engine, folder: Path) -> RunnerHarness:
    """Build a harness on a database, with its files in a folder."""
    spool = folder / "spool"
    originals = open_originals((folder / "originals").as_uri())
    return RunnerHarness(
        JobStore(engine, spool), spool, originals, RelayState(engine, capacity=4), PersonalDataStore(engine)
    )
