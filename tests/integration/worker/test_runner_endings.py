"""The runner: what becomes of an outcome, a restart, a cancel and a stop."""

from __future__ import annotations

import asyncio
from collections.abc import Collection

import pytest

from bot.domain.errors import BadReply
from tests.support.runner_harness import PNG, Bench, until


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


async def test_a_request_that_ends_every_process_that_draws_it_is_answered_in_the_end(bench: Bench) -> None:
    job = await bench.ask()
    for turn in range(3):
        assert await bench.state(job) == "waiting"
        await bench.jobs.claim(f"killed {turn}", capacity=9, now=bench.now, lease=bench.now + 60)
        bench.runner = bench.new_runner(f"next {turn}", capacity=0)
        await bench.runner.start()
        await bench.idle()
    assert [told.problem for told in bench.mail.delivered] == ["unexpected"]
    assert bench.relay.calls == 0 and await bench.state(job) == "done"


async def test_a_start_sweeps_what_nobody_needs(bench: Bench) -> None:
    (bench.spool / "99").mkdir(parents=True)
    await bench.runner.start()
    await bench.idle()
    assert not (bench.spool / "99").exists()


async def test_a_draining_runner_leaves_no_pictures_of_what_another_finished(bench: Bench) -> None:
    (bench.spool / "99").mkdir(parents=True)
    await bench.runner.drain(grace=30)
    assert not (bench.spool / "99").exists()


async def test_cancelling_drops_the_call(bench: Bench) -> None:
    job = await bench.begin()
    await bench.jobs.cancel(job.id, now=bench.now)
    await bench.work()
    assert await bench.state(job) == "cancelled"
    assert not bench.mail.delivered


async def test_a_lease_is_renewed_once_in_its_time(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    await bench.begin()
    renew, until_when = bench.jobs.renew, list[float]()

    async def noted(job_ids: Collection[int], worker: str, lease: float) -> set[int]:
        until_when.append(lease)
        return await renew(job_ids, worker, lease)

    monkeypatch.setattr(bench.jobs, "renew", noted)
    for _ in range(30):
        bench.now += 1
        bench.runner.tick()
        await bench.rest()
    assert until_when == [1001 + 60, 1011 + 60, 1021 + 60]
    bench.relay.release()
    await bench.idle()


async def test_a_draining_runner_lets_jobs_end_within_the_grace(bench: Bench) -> None:
    bench.relay.hold = asyncio.Event()
    await bench.ask()
    bench.runner.pump()
    await until(lambda: bench.relay.calls == 1)
    asyncio.get_running_loop().call_soon(bench.relay.hold.set)
    await bench.runner.drain(grace=30)
    assert len(bench.mail.delivered) == 1


async def test_a_draining_runner_puts_late_jobs_back_in_line(bench: Bench) -> None:
    job = await bench.begin()
    await bench.runner.drain(grace=0)
    assert await bench.state(job) == "waiting"
    await bench.ask()
    bench.runner.pump()
    await bench.idle()
    assert bench.relay.calls == 1


async def test_drawn_pictures_that_are_gone_from_the_disk_are_drawn_again(bench: Bench) -> None:
    bench.mail.failures = [RuntimeError("killed")]
    job = await bench.ask(count=2)
    await bench.work()
    drawn = await bench.jobs.get(job.id)
    assert drawn is not None and drawn.state == "drawn"
    drawn.pictures[0].path.unlink()
    bench.now += 11
    await bench.work()
    assert await bench.state(job) == "done"
    assert bench.relay.calls == 3 and len(bench.mail.delivered[0].pictures) == 2


async def test_pictures_that_can_not_be_sent_are_answered_with_words(bench: Bench) -> None:
    bench.mail.failures = [BadReply("gone from the disk")]
    job = await bench.ask()
    await bench.work()
    assert [(told.problem, told.pictures) for told in bench.mail.delivered] == [("bad-reply", ())]
    found = await bench.jobs.get(job.id)
    assert found is not None and found.state == "done"
    assert (found.pictures, found.drawn_at) == ((), None), "what nobody saw counts for nobody"


async def test_words_for_lost_pictures_survive_a_failing_line(bench: Bench) -> None:
    bench.mail.failures = [BadReply("gone from the disk"), RuntimeError("offline")]
    job = await bench.ask()
    await bench.work()
    assert await bench.state(job) == "failed"
    bench.now += 61
    bench.runner.tick()
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


async def test_whoever_lost_a_job_says_nothing_of_it(shared_bench: Bench) -> None:
    bench = shared_bench

    async def lose() -> None:
        bench.now += 61
        await bench.jobs.claim_untold("another", now=bench.now, lease=bench.now + 60)

    bench.mail.before = lose
    job = await bench.ask()
    await bench.work()
    assert bench.mail.delivered == []
    assert await bench.state(job) == "drawn"


async def test_while_discord_is_away_a_picture_stays_with_who_drew_it(shared_bench: Bench) -> None:
    bench = shared_bench
    job = await bench.ask()
    bench.mail.failures = [RuntimeError("Discord is away")] * 3
    await bench.work()
    for _ in range(3):
        bench.now += 31
        assert await bench.jobs.claim_untold("another", now=bench.now, lease=bench.now + 60) == []
        await bench.work()
    assert bench.relay.calls == 1 and await bench.state(job) == "done"


async def test_a_paused_worker_that_wakes_keeps_what_nobody_took(shared_bench: Bench) -> None:
    bench = shared_bench
    job = await bench.begin()
    bench.now += 300
    bench.runner.tick()
    assert bench.relay.hold is not None
    bench.relay.hold.set()
    await bench.idle()
    assert bench.relay.calls == 1 and await bench.state(job) == "done"


async def test_a_cancelled_job_is_shown_as_cancelled_last_of_all(bench: Bench) -> None:
    job = await bench.begin()
    await bench.jobs.cancel(job.id, now=bench.now)
    await bench.work()
    assert [cancelled.id for cancelled in bench.mail.cancelled] == [job.id]
    assert bench.mail.cancelled[0].reply_to is not None


async def test_a_job_that_is_deleted_while_it_is_drawn_ends_as_a_cancelled_one(bench: Bench) -> None:
    bench.relay.hold = asyncio.Event()
    job = await bench.ask()
    bench.runner.pump()
    await until(lambda: bench.relay.calls == 1)
    await bench.delete(job)
    await bench.work()
    assert [cancelled.id for cancelled in bench.mail.cancelled] == [job.id]
    assert not bench.mail.delivered and not (bench.spool / str(job.id)).exists()


async def test_no_original_is_kept_of_a_job_that_is_deleted_on_its_way(bench: Bench) -> None:
    bench.runner = bench.new_runner("keeper", keep_all=True)
    job = await bench.ask()
    bench.mail.before = lambda: bench.delete(job)
    await bench.work()
    assert len(bench.mail.delivered) == 1
    names = [f"{job.id}/{picture.path.name}" for picture in bench.mail.delivered[0].pictures]
    assert names and [await bench.originals.read(name) for name in names] == [None]


async def test_pictures_on_another_machines_disk_wait_for_it_to_come_back(shared_bench: Bench) -> None:
    bench = shared_bench
    bench.mail.failures = [RuntimeError("killed")]
    job = await bench.ask()
    await bench.work()
    drawn = await bench.jobs.get(job.id)
    assert drawn is not None
    drawn.pictures[0].path.unlink()
    bench.now += 61
    await bench.work()
    assert bench.relay.calls == 1 and await bench.state(job) == "drawn"
    bench.now += 180
    await bench.work()
    await bench.work()
    assert bench.relay.calls == 2 and await bench.state(job) == "done"


async def test_whoever_has_the_pictures_on_disk_is_the_next_to_tell(shared_bench: Bench) -> None:
    bench, other = shared_bench, shared_bench.new_runner("other")
    bench.mail.failures = [RuntimeError("killed")]
    job = await bench.ask()
    await bench.work()
    drawn = await bench.jobs.get(job.id)
    assert drawn is not None
    picture = drawn.pictures[0].path
    picture.rename(away := picture.with_name("away"))
    for _ in range(3):
        bench.now += 35
        other.pump()
        await bench.idle()
    away.rename(picture)
    bench.now += 1
    await bench.work()
    assert len(bench.mail.delivered) == 1 and bench.relay.calls == 1


async def test_pictures_of_someone_who_can_not_be_reached_are_kept(bench: Bench) -> None:
    bench.mail.reachable = False
    job = await bench.ask(count=2)
    await bench.work()
    done = await bench.jobs.get(job.id)
    assert done is not None and done.state == "done" and len(done.kept) == 2
    assert [await bench.originals.read(name) for name in done.kept] == [PNG, PNG]
    assert not (bench.spool / str(job.id)).exists()


async def test_all_originals_are_kept_where_the_operator_wants_them(bench: Bench) -> None:
    bench.runner = bench.new_runner("keeper", keep_all=True)
    job = await bench.ask()
    await bench.work()
    done = await bench.jobs.get(job.id)
    assert done is not None and len(done.kept) == 1
