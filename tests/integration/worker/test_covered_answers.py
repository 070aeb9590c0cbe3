"""The runner: answers that a late edit covered are delivered again, and nothing is drawn for that."""

from __future__ import annotations

import pytest

from bot.domain.errors import LocalFailure, RelayUnavailable, SizeRefused
from bot.domain.models import DeliveredMessage, Job
from tests.support.runner_harness import RunnerHarness, until
from tests.support.store.requests import claim_undelivered


async def reopen(harness: RunnerHarness, job: Job) -> None:
    await harness.jobs.reopen(job, now=harness.now)


def pictures_in(harness: RunnerHarness) -> int:
    return len(list(harness.spool.glob("*/*.png")))


async def test_a_covered_answer_is_delivered_again_from_the_pictures_on_disk(
    shared_harness: RunnerHarness,
) -> None:
    harness = shared_harness
    job = await harness.submit()
    await harness.run_until_idle()
    harness.now += 100
    await reopen(harness, job)
    await harness.run_until_idle()
    assert len(harness.delivery.delivered) == 2 and harness.relay.calls == 1
    assert await harness.state(job) == "done"
    assert [answered.id for answered in harness.answered] == [job.id]


async def test_the_worker_with_the_pictures_delivers_a_covered_answer(shared_harness: RunnerHarness) -> None:
    harness = shared_harness
    job = await harness.submit()
    await harness.run_until_idle()
    away = harness.spool.rename(harness.spool.with_name("away"))
    harness.now += 100
    await reopen(harness, job)
    harness.new_runner("other").pump()
    await harness.wait_until_idle()
    assert await harness.state(job) == "drawn"
    away.rename(harness.spool)
    harness.now += 1
    await harness.run_until_idle()
    assert len(harness.delivery.delivered) == 2 and harness.relay.calls == 1


async def test_an_answer_that_is_covered_during_its_delivery_is_delivered_again(
    shared_harness: RunnerHarness,
) -> None:
    harness = shared_harness
    harness.delivery.after = lambda job: reopen(harness, job)
    job = await harness.submit()
    await harness.run_until_idle()
    assert len(harness.delivery.delivered) == 2 and harness.relay.calls == 1
    assert await harness.state(job) == "done"
    assert [answered.id for answered in harness.answered] == [job.id]


async def test_an_answer_that_covers_another_workers_answer_is_replaced_by_it(
    shared_harness: RunnerHarness,
) -> None:
    harness = shared_harness

    async def lose(job: Job) -> None:
        harness.now += 61
        await claim_undelivered(harness.jobs, "another", now=harness.now, lease=harness.now + 60)
        refused = await harness.jobs.mark_failed(job, "another", "result-blocked", {})
        assert refused is not None
        card = DeliveredMessage(channel_id=2, message_id=7)
        assert await harness.jobs.finish(refused, "another", card, now=harness.now)

    harness.delivery.after = lose
    await harness.submit()
    await harness.run_until_idle()
    await harness.run_until_idle()
    assert [answer.problem for answer in harness.delivery.delivered] == [None, "result-blocked"]


async def test_pictures_of_answered_jobs_are_deleted_after_a_while_and_when_the_worker_stops(
    shared_harness: RunnerHarness,
) -> None:
    harness = shared_harness
    for number in (1, 2):
        await harness.submit()
        await harness.run_until_idle()
        assert pictures_in(harness) == 1
        if number == 1:
            harness.now += 121
            await harness.run_until_idle()
        else:
            await harness.runner.drain(1)
        assert pictures_in(harness) == 0


async def test_without_other_processes_pictures_are_deleted_at_once(harness: RunnerHarness) -> None:
    await harness.submit()
    await harness.run_until_idle()
    assert pictures_in(harness) == 0


async def test_an_answer_in_place_of_a_lost_workers_is_checked_later(harness: RunnerHarness) -> None:
    job = await harness.submit()
    await harness.jobs.claim("lost", capacity=4, now=harness.now, lease=harness.now + 60)
    harness.now += 61
    await harness.run_until_idle()
    assert harness.delivery.checked_later == [job.id]
    # Should the edit that the lost worker sent arrive now, the pictures are sent again.
    await reopen(harness, job)
    await harness.run_until_idle()
    assert len(harness.delivery.delivered) == 2 and harness.relay.calls == 1


@pytest.mark.parametrize("error", [LocalFailure("disk full"), SizeRefused(), RelayUnavailable()])
async def test_a_worker_that_gives_a_job_back_shows_no_more_of_it(
    harness: RunnerHarness, error: Exception
) -> None:
    harness.relay.script = [error]
    job = await harness.submit()
    harness.runner = harness.new_runner("first", capacity=1)
    harness.runner.pump()
    await until(lambda: harness.delivery.released == [job.id])
    await harness.wait_until_idle()
    assert harness.delivery.checked_later == []


async def test_a_worker_that_stops_shows_no_more_of_its_jobs(harness: RunnerHarness) -> None:
    job = await harness.start_generating()
    await harness.runner.drain(0)
    assert harness.delivery.released == [job.id]
