"""The runner: deliveries, restarts, cancellations and shutdown."""

from __future__ import annotations

import asyncio
from collections.abc import Collection

import pytest

from bot.domain.errors import PromptBlocked
from bot.domain.models import Job
from tests.support.runner_harness import RunnerHarness, until
from tests.support.store.requests import claim_undelivered


async def test_a_failed_delivery_is_retried_without_generating_again(harness: RunnerHarness) -> None:
    harness.delivery.failures = [RuntimeError("Discord is down"), RuntimeError("still")]
    job = await harness.submit()
    await harness.run_until_idle()
    assert await harness.state(job) == "drawn"
    for _ in range(2):
        harness.now += 11
        await harness.run_until_idle()
    assert await harness.state(job) == "done"
    assert harness.relay.calls == 1 and len(harness.delivery.delivered) == 1


async def test_a_delivery_is_retried_for_a_day_past_the_deadline_and_then_given_up(
    harness: RunnerHarness,
) -> None:
    harness.delivery.failures = [RuntimeError("refused") for _ in range(1000)]
    job = await harness.submit()
    await harness.run_until_idle()
    while await harness.state(job) != "done":
        harness.now += 1800
        await harness.run_until_idle()
    assert harness.now - 1000 >= 3600 + 86_400
    assert 1000 - len(harness.delivery.failures) < 60
    assert harness.relay.calls == 1


@pytest.mark.parametrize("expected", [True, False])
async def test_only_a_fault_of_the_program_logs_a_traceback(
    harness: RunnerHarness, caplog: pytest.LogCaptureFixture, expected: bool
) -> None:
    error = PromptBlocked() if expected else KeyError("a bug")
    error.__cause__ = TimeoutError()
    harness.relay.script = [error]
    await harness.submit()
    await harness.run_until_idle()
    (final,) = [each for each in caplog.records if "ends without a picture" in each.message]
    assert bool(final.exc_info) is not expected


async def test_a_restart_resumes_jobs_in_every_state(harness: RunnerHarness) -> None:
    harness.delivery.failures = [RuntimeError("killed")]
    drawn = await harness.submit()
    await harness.run_until_idle()
    running = await harness.submit()
    await harness.jobs.claim("killed", capacity=9, now=harness.now, lease=harness.now + 999)
    waiting = await harness.submit()
    harness.runner = harness.new_runner("second")
    await harness.runner.start()
    await harness.wait_until_idle()
    assert [await harness.state(job) for job in (drawn, running, waiting)] == ["done"] * 3
    assert len(harness.delivery.delivered) == 3 and harness.relay.calls == 3


async def test_a_job_that_kills_every_worker_is_answered_in_the_end(
    harness: RunnerHarness,
) -> None:
    job = await harness.submit()
    for turn in range(3):
        assert await harness.state(job) == "waiting"
        await harness.jobs.claim(f"killed {turn}", capacity=9, now=harness.now, lease=harness.now + 60)
        harness.runner = harness.new_runner(f"next {turn}", capacity=0)
        await harness.runner.start()
        await harness.wait_until_idle()
    assert [answer.problem for answer in harness.delivery.delivered] == ["unexpected"]
    assert harness.relay.calls == 0 and await harness.state(job) == "done"


async def test_cancelling_a_job_cancels_its_relay_call(harness: RunnerHarness) -> None:
    job = await harness.start_generating()
    await harness.jobs.cancel(job.id, now=harness.now)
    await harness.run_until_idle()
    assert await harness.state(job) == "cancelled"
    assert not harness.delivery.delivered


async def test_a_lease_is_renewed_once_per_interval(
    harness: RunnerHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    await harness.start_generating()
    renew, until_when = harness.jobs.renew_leases, list[float]()

    async def recorded(job_ids: Collection[int], worker: str, lease: float) -> set[int]:
        until_when.append(lease)
        return await renew(job_ids, worker, lease)

    monkeypatch.setattr(harness.jobs, "renew_leases", recorded)
    for _ in range(30):
        harness.now += 1
        await harness.runner.heartbeat()
    assert until_when == [1010 + 60, 1020 + 60, 1030 + 60]
    harness.relay.open_gate()
    await harness.wait_until_idle()


async def test_a_drain_lets_jobs_finish_within_the_grace_period(harness: RunnerHarness) -> None:
    harness.relay.gate = asyncio.Event()
    await harness.submit()
    harness.runner.pump()
    await until(lambda: harness.relay.calls == 1)
    asyncio.get_running_loop().call_soon(harness.relay.gate.set)
    await harness.runner.drain(grace=30)
    assert len(harness.delivery.delivered) == 1


async def test_a_drain_puts_late_jobs_back_in_the_queue(harness: RunnerHarness) -> None:
    job = await harness.start_generating()
    await harness.runner.drain(grace=0)
    assert await harness.state(job) == "waiting"
    await harness.submit()
    harness.runner.pump()
    await harness.wait_until_idle()
    assert harness.relay.calls == 1


async def test_an_answer_that_was_not_recorded_is_not_generated_again(harness: RunnerHarness) -> None:
    async def end(job: Job) -> None:
        harness.delivery.shown.add(job.id)
        job.pictures[0].path.unlink()
        raise RuntimeError("killed")

    harness.delivery.after = end
    job = await harness.submit()
    await harness.run_until_idle()
    assert await harness.state(job) == "drawn"
    harness.now += 11
    await harness.run_until_idle()
    assert await harness.state(job) == "done"
    assert harness.relay.calls == len(harness.delivery.delivered) == 1
    assert [answered.id for answered in harness.answered] == [job.id]


async def test_a_worker_that_lost_its_lease_delivers_nothing(shared_harness: RunnerHarness) -> None:
    harness = shared_harness

    async def lose() -> None:
        harness.now += 61
        await claim_undelivered(harness.jobs, "another", now=harness.now, lease=harness.now + 60)

    harness.delivery.before = lose
    job = await harness.submit()
    await harness.run_until_idle()
    assert harness.delivery.delivered == []
    assert await harness.state(job) == "drawn"


async def test_during_a_discord_outage_pictures_stay_with_their_worker(
    shared_harness: RunnerHarness,
) -> None:
    harness = shared_harness
    job = await harness.submit()
    harness.delivery.failures = [RuntimeError("Discord is away")] * 3
    await harness.run_until_idle()
    for _ in range(3):
        harness.now += 31
        assert await claim_undelivered(harness.jobs, "another", now=harness.now, lease=harness.now + 60) == []
        await harness.run_until_idle()
    assert harness.relay.calls == 1 and await harness.state(job) == "done"


async def test_a_resumed_worker_keeps_jobs_that_nobody_took_over(shared_harness: RunnerHarness) -> None:
    harness = shared_harness
    job = await harness.start_generating()
    harness.now += 300
    harness.runner.tick()
    assert harness.relay.gate is not None
    harness.relay.gate.set()
    await harness.wait_until_idle()
    assert harness.relay.calls == 1 and await harness.state(job) == "done"


async def test_the_last_edit_of_a_cancelled_job_shows_the_cancellation(harness: RunnerHarness) -> None:
    job = await harness.start_generating()
    await harness.jobs.cancel(job.id, now=harness.now)
    await harness.run_until_idle()
    assert [cancelled.id for cancelled in harness.delivery.cancelled] == [job.id]
    assert harness.delivery.cancelled[0].reply_to is not None


async def test_a_job_deleted_during_generation_ends_like_a_cancelled_one(
    harness: RunnerHarness,
) -> None:
    harness.relay.gate = asyncio.Event()
    job = await harness.submit()
    harness.runner.pump()
    await until(lambda: harness.relay.calls == 1)
    await harness.delete(job)
    await harness.run_until_idle()
    assert [cancelled.id for cancelled in harness.delivery.cancelled] == [job.id]
    assert not harness.delivery.delivered and not (harness.spool / str(job.id)).exists()
