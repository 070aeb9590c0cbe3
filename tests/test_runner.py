"""The runner: what it does with each way a call can end, and when."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable
from dataclasses import dataclass, field
from pathlib import Path
from uuid import uuid4

import pytest

from bot.errors import (
    BadReply,
    BotError,
    OperatorError,
    PromptBlocked,
    RelayBusy,
    RelayUnavailable,
    ResultBlocked,
)
from bot.models import (
    Delivered,
    Draft,
    Drawing,
    ImageRequest,
    Job,
    Picture,
    Progress,
    ReplyTo,
    Requester,
    Retrying,
)
from bot.runner import Runner
from bot.store.engine import open_engine
from bot.store.jobs import JobStore

PNG = bytes.fromhex("89504e470d0a1a0a0000000d49484452000000020000000308020000003600a7e5")


@dataclass
class ScriptedRelay:
    """Ends each call as the script says: an error, or a picture when it has run out."""

    script: list[Exception | None] = field(default_factory=list[Exception | None])
    calls: int = 0
    hold: asyncio.Event | None = None

    async def generate(self, request: ImageRequest, into: Path) -> Picture:
        self.calls += 1
        outcome = self.script.pop(0) if self.script else None
        if self.hold:
            await self.hold.wait()
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

    async def progress(self, job: Job, progress: Progress) -> None:
        self.progress_shown.append(progress)

    async def deliver(self, job: Job) -> Delivered:
        if self.failures:
            raise self.failures.pop(0)
        assert all(picture.path.exists() for picture in job.pictures)
        self.delivered.append(job)
        return Delivered(channel_id=job.requester.channel_id, message_id=job.message_id)


@dataclass
class Bench:
    """A runner with everything around it, and a clock that the test turns."""

    jobs: JobStore
    spool: Path
    relay: ScriptedRelay = field(default_factory=ScriptedRelay)
    mail: Mailbox = field(default_factory=Mailbox)
    now: float = 1000.0
    runner: Runner = field(init=False)

    def __post_init__(self) -> None:
        self.runner = self.new_runner("first")

    def new_runner(self, worker: str, capacity: int = 4) -> Runner:
        return Runner(
            self.jobs,
            self.relay,
            self.mail,
            worker=worker,
            spool=self.spool,
            capacity=capacity,
            clock=lambda: self.now,
            jitter=lambda: 0.0,
        )

    async def ask(self, count: int = 1) -> Job:
        job = await self.jobs.add(
            Draft(kind="imagine", request=ImageRequest(prompt="a fox"), count=count),
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

    async def work(self) -> None:
        """Pump until nothing moves any more."""
        self.runner.pump()
        await self.idle()

    async def idle(self) -> None:
        while others := asyncio.all_tasks() - {asyncio.current_task()}:
            await asyncio.wait(others)

    async def state(self, job: Job) -> str:
        found = await self.jobs.get(job.id)
        return found.state if found else "gone"


@pytest.fixture
async def bench(tmp_path: Path) -> AsyncGenerator[Bench]:
    async with open_engine(f"sqlite+aiosqlite:///{tmp_path / 'jobs.db'}") as engine:
        spool = tmp_path / "spool"
        yield Bench(JobStore(engine, spool), spool)


async def test_a_job_is_drawn_told_and_swept(bench: Bench) -> None:
    job = await bench.ask(count=3)
    await bench.work()
    assert [len(told.pictures) for told in bench.mail.delivered] == [3]
    assert isinstance(bench.mail.progress_shown[0], Drawing)
    assert await bench.state(job) == "done"
    assert not (bench.spool / str(job.id)).exists()


@pytest.mark.parametrize("error", [PromptBlocked(), OperatorError(), BotError()])
async def test_what_waiting_cannot_mend_is_told_at_once(bench: Bench, error: BotError) -> None:
    bench.relay.script = [error]
    await bench.ask()
    await bench.work()
    assert bench.relay.calls == 1
    assert [told.problem for told in bench.mail.delivered] == [error.key]


@pytest.mark.parametrize("error", [RelayBusy, RelayUnavailable, BadReply])
async def test_what_passes_is_tried_again_with_growing_pauses_and_then_given_up(
    bench: Bench, error: type[BotError]
) -> None:
    bench.relay.script = [error() for _ in range(4)]
    await bench.ask()
    await bench.work()
    pauses: list[float] = []
    while not bench.mail.delivered:
        (retrying,) = [shown for shown in bench.mail.progress_shown[-1:] if isinstance(shown, Retrying)]
        pauses.append(retrying.run_at - bench.now)
        bench.now = retrying.run_at - 0.01
        await bench.work()
        assert bench.relay.calls == len(pauses)
        bench.now = retrying.run_at
        await bench.work()
    assert pauses == [2, 4, 8]
    assert bench.mail.delivered[0].problem == error.key


async def test_a_busy_relay_is_left_alone_as_long_as_it_asked(bench: Bench) -> None:
    bench.relay.script = [RelayBusy(retry_after=90)]
    await bench.ask()
    await bench.work()
    (shown,) = [shown for shown in bench.mail.progress_shown if isinstance(shown, Retrying)]
    assert shown.run_at == bench.now + 90


async def test_nobody_is_kept_waiting_past_the_deadline(bench: Bench) -> None:
    bench.relay.script = [RelayBusy(retry_after=3601)]
    await bench.ask()
    await bench.work()
    assert [told.problem for told in bench.mail.delivered] == ["busy"]


async def test_a_blocked_result_is_tried_once_more_and_no_more(bench: Bench) -> None:
    bench.relay.script = [ResultBlocked(), ResultBlocked()]
    await bench.ask()
    await bench.work()
    await bench.work()
    assert bench.relay.calls == 2
    assert [told.problem for told in bench.mail.delivered] == ["result-blocked"]


async def test_a_retry_draws_only_what_is_missing(bench: Bench) -> None:
    bench.relay.script = [None, RelayUnavailable(), None]
    await bench.ask(count=3)
    await bench.work()
    bench.now += 2
    await bench.work()
    assert bench.relay.calls == 4
    assert len(bench.mail.delivered[0].pictures) == 3


async def test_what_there_is_is_delivered_when_the_rest_is_refused(bench: Bench) -> None:
    bench.relay.script = [None, PromptBlocked(), None]
    await bench.ask(count=3)
    await bench.work()
    (told,) = bench.mail.delivered
    assert len(told.pictures) == 2 and told.problem == "prompt-blocked"


async def test_a_failure_that_is_nobodys_word_is_told_as_an_apology(bench: Bench) -> None:
    bench.relay.script = [ZeroDivisionError()]
    await bench.ask()
    await bench.work()
    assert [told.problem for told in bench.mail.delivered] == ["unexpected"]


async def test_a_delivery_that_fails_is_repeated_without_drawing_again(bench: Bench) -> None:
    bench.mail.failures = [RuntimeError("Discord is down"), RuntimeError("still")]
    job = await bench.ask()
    await bench.work()
    assert await bench.state(job) == "drawn"
    for _ in range(2):
        bench.now += 11
        await bench.work()
    assert await bench.state(job) == "done"
    assert bench.relay.calls == 1 and len(bench.mail.delivered) == 1


async def test_a_delivery_is_tried_for_a_day_past_the_deadline_and_then_given_up(bench: Bench) -> None:
    bench.mail.failures = [RuntimeError("refused") for _ in range(1000)]
    job = await bench.ask()
    await bench.work()
    while await bench.state(job) != "done":
        bench.now += 600
        await bench.work()
    assert bench.now - 1000 >= 3600 + 86_400
    assert 1000 - len(bench.mail.failures) < 200
    assert bench.relay.calls == 1


async def test_a_restart_takes_up_what_was_left_wherever_it_was(bench: Bench) -> None:
    bench.mail.failures = [RuntimeError("killed")]
    drawn = await bench.ask()
    await bench.work()
    running = await bench.ask()
    await bench.jobs.claim("killed", capacity=9, now=bench.now, lease=bench.now + 999)
    waiting = await bench.ask()
    bench.runner = bench.new_runner("second")
    await bench.runner.start()
    await bench.idle()
    assert [await bench.state(job) for job in (drawn, running, waiting)] == ["done"] * 3
    assert len(bench.mail.delivered) == 3 and bench.relay.calls == 3


async def test_a_start_sweeps_what_nobody_needs(bench: Bench) -> None:
    (bench.spool / "99").mkdir(parents=True)
    await bench.runner.start()
    await bench.idle()
    assert not (bench.spool / "99").exists()


async def test_cancelling_drops_the_call(bench: Bench) -> None:
    bench.relay.hold = asyncio.Event()
    job = await bench.ask()
    bench.runner.pump()
    await until(lambda: bench.relay.calls == 1)
    await bench.jobs.cancel(job.id, now=bench.now)
    await bench.work()
    assert await bench.state(job) == "cancelled"
    assert not bench.mail.delivered


async def test_a_draining_runner_lets_jobs_end_within_the_grace(bench: Bench) -> None:
    bench.relay.hold = asyncio.Event()
    await bench.ask()
    bench.runner.pump()
    await until(lambda: bench.relay.calls == 1)
    asyncio.get_running_loop().call_soon(bench.relay.hold.set)
    await bench.runner.drain(grace=30)
    assert len(bench.mail.delivered) == 1


async def test_a_draining_runner_puts_late_jobs_back_in_line(bench: Bench) -> None:
    bench.relay.hold = asyncio.Event()
    job = await bench.ask()
    bench.runner.pump()
    await until(lambda: bench.relay.calls == 1)
    await bench.runner.drain(grace=0)
    assert await bench.state(job) == "waiting"
    await bench.ask()
    bench.runner.pump()
    await bench.idle()
    assert bench.relay.calls == 1


async def until(true: Callable[[], bool]) -> None:
    async with asyncio.timeout(10):
        while not true():  # noqa: ASYNC110  # a turn of the loop at a time: nothing tells of it
            await asyncio.sleep(0)


async def test_pictures_that_can_not_be_sent_are_answered_with_words(bench: Bench) -> None:
    bench.mail.failures = [BadReply("gone from the disk")]
    job = await bench.ask()
    await bench.work()
    assert [(told.problem, told.pictures) for told in bench.mail.delivered] == [("bad-reply", ())]
    assert await bench.state(job) == "done"


async def test_words_for_lost_pictures_survive_a_failing_line(bench: Bench) -> None:
    bench.mail.failures = [BadReply("gone from the disk"), RuntimeError("offline"), BadReply("still gone")]
    job = await bench.ask()
    await bench.work()
    assert await bench.state(job) == "failed"
    bench.now += 61
    await bench.runner.tick()
    await bench.idle()
    assert [(told.problem, told.pictures) for told in bench.mail.delivered] == [("bad-reply", ())]
    assert await bench.state(job) == "done"


async def test_a_stranger_in_the_spool_holds_nothing_up(bench: Bench) -> None:
    stranger = bench.spool / "1st backup"
    stranger.mkdir(parents=True)
    await bench.runner.start()
    await bench.idle()
    assert stranger.exists()


async def test_a_picture_with_long_metadata_is_not_drawn_again(bench: Bench) -> None:
    job = await bench.ask()
    folder = bench.spool / str(job.id)
    folder.mkdir(parents=True)
    metadata = b"\xff\xe2\xff\xfe" + bytes(0xFFFC)
    frame = b"\xff\xc0\0\x11\x08\0\x03\0\x02" + bytes(12)
    (folder / "drawn.jpg").write_bytes(b"\xff\xd8" + metadata * 5 + frame)
    await bench.work()
    assert bench.relay.calls == 0
    assert [len(told.pictures) for told in bench.mail.delivered] == [1]
