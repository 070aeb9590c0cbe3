"""The runner: deliveries, restarts, cancellations and shutdown."""

from __future__ import annotations

import asyncio
from collections.abc import Collection

import pytest

from bot.domain.errors import BadReply
from bot.domain.models import Job
from tests.support.runner_harness import PNG, RunnerHarness, until
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


async def test_a_start_deletes_spool_folders_of_finished_jobs(harness: RunnerHarness) -> None:
    (harness.spool / "99").mkdir(parents=True)
    await harness.runner.start()
    await harness.wait_until_idle()
    assert not (harness.spool / "99").exists()


async def test_a_drain_deletes_the_pictures_of_jobs_that_another_worker_finished(
    harness: RunnerHarness,
) -> None:
    (harness.spool / "99").mkdir(parents=True)
    await harness.runner.drain(grace=30)
    assert not (harness.spool / "99").exists()


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


async def test_pictures_missing_from_the_disk_are_generated_again(harness: RunnerHarness) -> None:
    harness.delivery.failures = [RuntimeError("killed")]
    job = await harness.submit(count=2)
    await harness.run_until_idle()
    drawn = await harness.jobs.get(job.id)
    assert drawn is not None and drawn.state == "drawn"
    drawn.pictures[0].path.unlink()
    harness.now += 11
    await harness.run_until_idle()
    assert await harness.state(job) == "done"
    assert harness.relay.calls == 3 and len(harness.delivery.delivered[0].pictures) == 2


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


async def test_pictures_that_cannot_be_sent_are_answered_with_the_problem(harness: RunnerHarness) -> None:
    harness.delivery.failures = [BadReply("gone from the disk")]
    job = await harness.submit()
    await harness.run_until_idle()
    assert [(answer.problem, answer.pictures) for answer in harness.delivery.delivered] == [("bad-reply", ())]
    found = await harness.jobs.get(job.id)
    assert found is not None and found.state == "done"
    assert (found.pictures, found.drawn_at) == ((), None), "what nobody saw counts for nobody"


async def test_the_problem_of_lost_pictures_survives_a_failed_delivery(harness: RunnerHarness) -> None:
    harness.delivery.failures = [BadReply("gone from the disk"), RuntimeError("offline")]
    job = await harness.submit()
    await harness.run_until_idle()
    assert await harness.state(job) == "failed"
    harness.now += 61
    harness.runner.tick()
    await harness.wait_until_idle()
    assert [(answer.problem, answer.pictures) for answer in harness.delivery.delivered] == [("bad-reply", ())]
    assert await harness.state(job) == "done"


async def test_an_unknown_folder_in_the_spool_is_left_alone(harness: RunnerHarness) -> None:
    stranger = harness.spool / "1st backup"
    stranger.mkdir(parents=True)
    await harness.runner.start()
    await harness.wait_until_idle()
    assert stranger.exists()


async def test_a_picture_with_long_metadata_is_not_generated_again(harness: RunnerHarness) -> None:
    job = await harness.submit()
    folder = harness.spool / str(job.id)
    folder.mkdir(parents=True)
    metadata = b"\xff\xe2\xff\xfe" + bytes(0xFFFC)
    frame = b"\xff\xc0\0\x11\x08\0\x03\0\x02" + bytes(12)
    (folder / "drawn.jpg").write_bytes(b"\xff\xd8" + metadata * 5 + frame)
    await harness.run_until_idle()
    assert harness.relay.calls == 0
    assert [len(answer.pictures) for answer in harness.delivery.delivered] == [1]


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


async def test_no_original_is_stored_of_a_job_deleted_during_delivery(harness: RunnerHarness) -> None:
    harness.runner = harness.new_runner("keeper", keep_all=True)
    job = await harness.submit()
    harness.delivery.before = lambda: harness.delete(job)
    await harness.run_until_idle()
    assert len(harness.delivery.delivered) == 1
    names = [f"{job.id}/{picture.path.name}" for picture in harness.delivery.delivered[0].pictures]
    assert names and [await harness.originals.read(name) for name in names] == [None]


async def test_pictures_on_another_machines_disk_wait_for_that_machine(
    shared_harness: RunnerHarness,
) -> None:
    harness = shared_harness
    harness.delivery.failures = [RuntimeError("killed")]
    job = await harness.submit()
    await harness.run_until_idle()
    drawn = await harness.jobs.get(job.id)
    assert drawn is not None
    drawn.pictures[0].path.unlink()
    harness.now += 61
    await harness.run_until_idle()
    assert harness.relay.calls == 1 and await harness.state(job) == "drawn"
    harness.now += 180
    await harness.run_until_idle()
    await harness.run_until_idle()
    assert harness.relay.calls == 2 and await harness.state(job) == "done"


async def test_the_worker_with_the_pictures_on_disk_is_the_next_to_deliver(
    shared_harness: RunnerHarness,
) -> None:
    harness, other = shared_harness, shared_harness.new_runner("other")
    harness.delivery.failures = [RuntimeError("killed")]
    job = await harness.submit()
    await harness.run_until_idle()
    drawn = await harness.jobs.get(job.id)
    assert drawn is not None
    picture = drawn.pictures[0].path
    picture.rename(away := picture.with_name("away"))
    for _ in range(3):
        harness.now += 35
        other.pump()
        await harness.wait_until_idle()
    away.rename(picture)
    harness.now += 1
    await harness.run_until_idle()
    assert len(harness.delivery.delivered) == 1 and harness.relay.calls == 1


async def test_originals_are_stored_when_the_requester_cannot_be_reached(harness: RunnerHarness) -> None:
    harness.delivery.reachable = False
    job = await harness.submit(count=2)
    await harness.run_until_idle()
    done = await harness.jobs.get(job.id)
    assert done is not None and done.state == "done" and len(done.kept) == 2
    assert [await harness.originals.read(name) for name in done.kept] == [PNG, PNG]
    assert not (harness.spool / str(job.id)).exists()


async def test_all_originals_are_stored_when_configured(harness: RunnerHarness) -> None:
    harness.runner = harness.new_runner("keeper", keep_all=True)
    job = await harness.submit()
    await harness.run_until_idle()
    done = await harness.jobs.get(job.id)
    assert done is not None and len(done.kept) == 1
