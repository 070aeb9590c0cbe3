"""A worker whose machine fails gives its jobs back, claims no more, and resumes when that has passed."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest

from bot.config import data_folder
from bot.domain.errors import LocalFailure
from tests.support.runner_harness import RunnerHarness

FULL = OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def refuse(_: Path) -> None:
    raise FULL


@pytest.mark.parametrize("error", [LocalFailure("No space left on device"), FULL, OSError(errno.EMFILE, "")])
async def test_a_job_goes_to_another_worker_and_the_attempt_does_not_count(
    harness: RunnerHarness, error: Exception, caplog: pytest.LogCaptureFixture
) -> None:
    harness.relay.script = [error]
    jobs = [await harness.submit() for _ in range(4)]
    harness.runner = harness.new_runner("sick", capacity=1)
    await harness.run_until_idle()
    assert harness.relay.calls == 1
    found = await harness.jobs.get(jobs[0].id)
    assert found is not None and (found.state, found.attempts) == ("waiting", 0)
    assert [record.levelname for record in caplog.records if "claims no more" in record.message] == ["ERROR"]
    harness.runner = harness.new_runner("healthy")
    await harness.run_until_idle()
    assert [answer.problem for answer in harness.delivery.delivered] == [None] * 4


async def test_claiming_resumes_once_the_spool_can_be_written(
    harness: RunnerHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    probe = data_folder.probe
    monkeypatch.setattr(data_folder, "probe", refuse)
    harness.relay.script = [LocalFailure("No space left on device")]
    job = await harness.submit()
    await harness.run_until_idle()
    for _ in range(9):
        harness.now += 10
        await harness.run_until_idle()
    assert await harness.state(job) == "waiting" and harness.relay.calls == 1
    monkeypatch.setattr(data_folder, "probe", probe)
    harness.now += 200
    await harness.run_until_idle()
    assert await harness.state(job) == "done"


async def test_a_failure_during_delivery_keeps_the_pictures(harness: RunnerHarness) -> None:
    harness.delivery.failures = [LocalFailure("No space left on device")]
    job = await harness.submit()
    await harness.run_until_idle()
    assert await harness.state(job) == "drawn"
    harness.now += 60
    await harness.run_until_idle()
    assert await harness.state(job) == "done" and harness.relay.calls == 1
    assert [len(answer.pictures) for answer in harness.delivery.delivered] == [1]


async def test_nothing_is_claimed_while_the_spool_is_over_its_limit(harness: RunnerHarness) -> None:
    job = await harness.submit()
    undelivered = harness.spool / "kept"
    undelivered.mkdir(parents=True)
    (undelivered / "picture.png").write_bytes(bytes(2000))
    harness.runner = harness.new_runner("full", spool_limit=2000)
    await harness.run_until_idle()
    assert await harness.state(job) == "waiting"
    (undelivered / "picture.png").unlink()
    await harness.run_until_idle()
    assert await harness.state(job) == "done"
