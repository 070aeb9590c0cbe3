"""Pictures on a worker's disk, and originals that are kept."""

from __future__ import annotations

from bot.domain.errors import BadReply
from tests.support.runner_harness import PNG, RunnerHarness


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
