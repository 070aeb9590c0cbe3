"""The runner: retries, deliveries and errors of relay calls."""

from __future__ import annotations

import pytest

from bot.domain.errors import (
    BadReply,
    BotError,
    OperatorError,
    PromptBlocked,
    RelayBusy,
    RelayUnavailable,
    ResultBlocked,
)
from bot.domain.models import Generating, RetryScheduled
from tests.support.runner_harness import RunnerHarness, until


async def test_a_job_is_generated_delivered_and_cleaned_up(harness: RunnerHarness) -> None:
    job = await harness.submit(count=3)
    await harness.run_until_idle()
    assert [len(answer.pictures) for answer in harness.delivery.delivered] == [3]
    assert isinstance(harness.delivery.progress_shown[0], Generating)
    assert await harness.state(job) == "done"
    assert not (harness.spool / str(job.id)).exists()


async def test_a_job_past_its_estimate_updates_its_card_once_more(harness: RunnerHarness) -> None:
    await harness.start_generating()
    await until(lambda: bool(harness.delivery.progress_shown))
    (shown,) = harness.delivery.progress_shown
    assert isinstance(shown, Generating)
    for now, times in ((shown.ready_at - 1, 1), (shown.ready_at + 1, 2), (shown.ready_at + 30, 2)):
        harness.now = now
        harness.runner.pump()
        await harness.runner.wait_for_pump()
        assert harness.delivery.progress_shown == [shown] * times
    harness.relay.open_gate()
    await harness.wait_until_idle()


@pytest.mark.parametrize("error", [PromptBlocked(), OperatorError(), BotError()])
async def test_a_permanent_error_is_delivered_at_once(harness: RunnerHarness, error: BotError) -> None:
    harness.relay.script = [error]
    await harness.submit()
    await harness.run_until_idle()
    assert harness.relay.calls == 1
    assert [answer.problem for answer in harness.delivery.delivered] == [error.key]


@pytest.mark.parametrize("error", [RelayBusy, BadReply])
async def test_a_temporary_error_is_retried_with_growing_pauses_and_then_given_up(
    harness: RunnerHarness, error: type[BotError]
) -> None:
    harness.relay.script = [error() for _ in range(4)]
    accepted = await harness.submit()
    harness.now = accepted.card_until
    await harness.run_until_idle()
    pauses: list[float] = []
    while not harness.delivery.delivered:
        (retrying,) = [
            shown for shown in harness.delivery.progress_shown[-1:] if isinstance(shown, RetryScheduled)
        ]
        pauses.append(retrying.run_at - harness.now)
        harness.now = retrying.run_at - 0.01
        await harness.run_until_idle()
        assert harness.relay.calls == len(pauses)
        harness.now = retrying.run_at
        await harness.run_until_idle()
    assert pauses == [2, 4, 8]
    assert harness.delivery.delivered[0].problem == error.key


async def test_a_retry_waits_as_long_as_a_busy_relay_asked(harness: RunnerHarness) -> None:
    harness.relay.script = [RelayBusy(retry_after=90)]
    await harness.submit()
    await harness.run_until_idle()
    (shown,) = [shown for shown in harness.delivery.progress_shown if isinstance(shown, RetryScheduled)]
    assert shown.run_at == harness.now + 90


async def test_no_retry_is_scheduled_past_the_deadline(harness: RunnerHarness) -> None:
    harness.relay.script = [RelayBusy(retry_after=3601)]
    await harness.submit()
    await harness.run_until_idle()
    assert [answer.problem for answer in harness.delivery.delivered] == ["busy"]


async def test_a_blocked_result_is_retried_exactly_once(harness: RunnerHarness) -> None:
    harness.relay.script = [ResultBlocked(), ResultBlocked()]
    await harness.submit()
    await harness.run_until_idle()
    await harness.run_until_idle()
    assert harness.relay.calls == 2
    assert [answer.problem for answer in harness.delivery.delivered] == ["result-blocked"]


async def test_a_retry_generates_only_the_missing_pictures(harness: RunnerHarness) -> None:
    harness.relay.script = [None, RelayUnavailable(), None]
    await harness.submit(count=3)
    await harness.run_until_idle()
    harness.now += 2
    await harness.run_until_idle()
    assert harness.relay.calls == 4
    assert len(harness.delivery.delivered[0].pictures) == 3


async def test_the_pictures_there_are_get_delivered_when_the_rest_is_refused(harness: RunnerHarness) -> None:
    harness.relay.script = [None, PromptBlocked(), None]
    await harness.submit(count=3)
    await harness.run_until_idle()
    (answer,) = harness.delivery.delivered
    assert len(answer.pictures) == 2 and answer.problem == "prompt-blocked"


async def test_an_unexpected_exception_is_delivered_as_an_unexpected_problem(harness: RunnerHarness) -> None:
    harness.relay.script = [ZeroDivisionError()]
    await harness.submit()
    await harness.run_until_idle()
    assert [answer.problem for answer in harness.delivery.delivered] == ["unexpected"]


async def test_an_expired_interaction_token_is_wiped_while_its_job_waits(harness: RunnerHarness) -> None:
    harness.runner = harness.new_runner("busy", capacity=0)
    job = await harness.submit()
    for now, token in ((1800.0, "t"), (1900.0, "")):
        harness.now = now
        await harness.run_until_idle()
        found = await harness.jobs.get(job.id)
        assert found is not None and found.reply_to is not None and found.reply_to.token == token
