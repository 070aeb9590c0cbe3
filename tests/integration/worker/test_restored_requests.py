"""Requests that were open when a backup was made, after it was restored."""

from __future__ import annotations

import pytest

from bot.domain.errors import DataRestored
from tests.support.runner_harness import RunnerHarness


@pytest.mark.parametrize("answered", [False, True], ids=["not answered", "answered after the backup"])
async def test_its_asker_is_told_unless_the_card_shows_an_answer(
    harness: RunnerHarness, answered: bool
) -> None:
    job = await harness.submit()
    (claimed,) = await harness.jobs.claim("w", capacity=9, now=harness.now, lease=harness.now + 1)
    await harness.jobs.mark_failed(claimed, "w", DataRestored.key, {})
    harness.now += 11
    if answered:
        harness.delivery.shown.add(job.id)
    await harness.run_until_idle()
    assert await harness.state(job) == "done"
    assert harness.relay.calls == 0
    told = [(each.id, each.problem) for each in harness.delivery.delivered]
    assert told == ([] if answered else [(job.id, "data-restored")])
