"""Originals whose storage fails wait on disk, and are stored when it works again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest
from sqlalchemy.engine import make_url

from bot.domain.errors import OperatorError
from bot.domain.models import Job
from bot.domain.ports import Originals
from bot.domain.requests.cancellation import Cancellation
from bot.store.db.engine import connected_engine
from bot.store.history import HistoryStore
from bot.worker.answers.originals_keeper import OriginalsKeeper
from bot.worker.config import WorkerConfig
from tests.support.databases import new_sqlite
from tests.support.runner_harness import PNG, RunnerHarness, harness_on


@dataclass
class UnreliableOriginals:
    """Originals that can't be stored while the storage is down."""

    storage: Originals
    down: bool = True

    async def keep(self, job: Job) -> tuple[str, ...]:
        if self.down:
            raise OperatorError("an original can't be kept: no route to the bucket")
        return await self.storage.keep(job)

    async def read(self, name: str) -> bytes | None:
        return await self.storage.read(name)

    async def size(self, name: str) -> int | None:
        return await self.storage.size(name)

    async def link(self, name: str) -> str | None:
        return await self.storage.link(name)

    async def forget(self, names: Sequence[str]) -> None:
        await self.storage.forget(names)


async def answered(harness: RunnerHarness, *, spool_limit: int | None = None) -> tuple[Job, OriginalsKeeper]:
    """Answer a request while the storage is down; return it, and what stores its originals later."""
    harness.originals = UnreliableOriginals(harness.originals)
    harness.runner = harness.new_runner("keeper", keep_all=True, spool_limit=spool_limit)
    job = await harness.submit(count=2)
    await harness.run_until_idle()
    done = await harness.jobs.get(job.id)
    assert done is not None and (done.state, done.kept) == ("done", ())
    config = WorkerConfig(name="keeper", spool=harness.spool, capacity=4)
    return done, OriginalsKeeper(harness.jobs, harness.originals, config)


def repair(harness: RunnerHarness) -> None:
    assert isinstance(harness.originals, UnreliableOriginals)
    harness.originals.down = False


def waiting(spool: Path) -> list[Path]:
    return sorted((spool / "originals").glob("*/*"))


async def test_originals_are_stored_when_the_storage_works_again(harness: RunnerHarness) -> None:
    job, keeper = await answered(harness)
    (harness.spool / "originals" / "1st backup").mkdir()
    await keeper.store_waiting()
    assert len(waiting(harness.spool)) == 2
    repair(harness)
    await keeper.store_waiting()
    found = await harness.jobs.get(job.id)
    assert found is not None
    assert [await harness.originals.read(name) for name in found.kept] == [PNG, PNG]
    assert waiting(harness.spool) == []


async def test_originals_that_wait_survive_a_restart(harness: RunnerHarness) -> None:
    await answered(harness)
    harness.runner = harness.new_runner("keeper", keep_all=True)
    await harness.runner.start()
    await harness.wait_until_idle()
    await harness.runner.drain(grace=30)
    assert len(waiting(harness.spool)) == 2


@pytest.mark.parametrize("down", [True, False])
async def test_originals_of_an_erased_request_are_deleted_instead(harness: RunnerHarness, down: bool) -> None:
    job, keeper = await answered(harness)
    await harness.delete(job)
    if not down:
        repair(harness)
    await keeper.store_waiting()
    assert waiting(harness.spool) == []
    names = [f"{job.id}/{picture.path.name}" for picture in job.pictures]
    assert [await harness.originals.read(name) for name in names] == [None, None]


async def test_originals_of_a_deleted_answer_are_deleted_instead(tmp_path: Path) -> None:
    async with connected_engine(make_url(new_sqlite(tmp_path / "jobs.db")), durable=False) as engine:
        harness = harness_on(engine, tmp_path)
        job, keeper = await answered(harness)
        history = HistoryStore(engine, harness.spool)
        await history.mark_deleted(job, Cancellation("moderator"), now=harness.now)
        repair(harness)
        await keeper.store_waiting()
        found = await harness.jobs.get(job.id)
    assert found is not None and found.kept == () and waiting(harness.spool) == []


async def test_originals_that_wait_leave_room_for_requests(
    harness: RunnerHarness, caplog: pytest.LogCaptureFixture
) -> None:
    (harness.spool / "originals" / "99").mkdir(parents=True)
    (harness.spool / "originals" / "99" / "1-picture.png").write_bytes(bytes(600))
    job, _ = await answered(harness, spool_limit=1_000)
    assert not (harness.spool / "originals" / str(job.id)).exists()
    assert "originals are lost" in caplog.text
