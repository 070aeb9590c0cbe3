"""A size that the model refuses is stepped up to the next that it draws."""

from __future__ import annotations

from dataclasses import replace

from bot.domain.errors import SizeRefused
from bot.domain.models import Job
from tests.support.runner_harness import RunnerHarness


async def answered(harness: RunnerHarness) -> Job:
    await harness.run_until_idle()
    return harness.delivery.delivered[-1]


async def test_a_refused_size_is_stepped_up_without_using_an_attempt(harness: RunnerHarness) -> None:
    harness.relay.refused_sizes = frozenset({"1K"})
    await harness.submit(size="1K", count=2)
    job = await answered(harness)
    assert len(job.pictures) == 2 and job.draft.request.size == "2K"
    assert job.facts == {"asked_size": "1K"} and job.attempts == 1 and job.problem is None


async def test_a_size_is_stepped_up_as_often_as_needed(harness: RunnerHarness) -> None:
    harness.relay.refused_sizes = frozenset({"1K", "2K"})
    await harness.submit(size="1K")
    job = await answered(harness)
    assert job.draft.request.size == "4K" and job.facts == {"asked_size": "1K"}


async def test_a_refused_size_is_not_asked_for_again_for_an_hour(harness: RunnerHarness) -> None:
    harness.relay.refused_sizes = frozenset({"1K", "2K"})
    await harness.submit(size="1K")
    await answered(harness)
    assert harness.relay.calls == 3
    await harness.submit(size="2K")
    assert (await answered(harness)).draft.request.size == "4K"
    assert harness.relay.calls == 4
    harness.now += 3601
    harness.relay.refused_sizes = frozenset()
    await harness.submit(size="1K")
    assert (await answered(harness)).draft.request.size == "1K"


async def test_the_servers_largest_size_is_never_exceeded(harness: RunnerHarness) -> None:
    harness.largest = "2K"
    harness.relay.refused_sizes = frozenset({"1K", "2K"})
    await harness.submit(size="1K")
    job = await answered(harness)
    assert job.problem == "size-refused" and harness.relay.calls == 2
    assert job.facts == {"asked_size": "1K"}


async def test_a_refusal_in_every_size_is_not_remembered(harness: RunnerHarness) -> None:
    harness.relay.script = [SizeRefused(), SizeRefused(), SizeRefused()]
    await harness.submit(size="1K")
    assert (await answered(harness)).problem == "size-refused"
    await harness.submit(size="1K")
    assert (await answered(harness)).draft.request.size == "1K"


async def test_a_cancelled_job_is_not_stepped_up(harness: RunnerHarness) -> None:
    job = await harness.start_generating()
    harness.relay.refused_sizes = frozenset({"2K"})
    await harness.jobs.cancel(job.id, now=harness.now)
    harness.relay.open_gate()
    await harness.wait_until_idle()
    assert await harness.state(job) == "cancelled"
    found = await harness.jobs.get(job.id)
    assert found is not None and found.draft.request == replace(found.draft.request, size="2K")
