"""The runner: what it does with each way a call can end, and when."""

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
from bot.domain.models import Drawing, Retrying
from tests.support.runner_harness import Bench, until


async def test_a_job_is_drawn_told_and_swept(bench: Bench) -> None:
    job = await bench.ask(count=3)
    await bench.work()
    assert [len(told.pictures) for told in bench.mail.delivered] == [3]
    assert isinstance(bench.mail.progress_shown[0], Drawing)
    assert await bench.state(job) == "done"
    assert not (bench.spool / str(job.id)).exists()


async def test_what_takes_longer_than_estimated_is_shown_once_more(bench: Bench) -> None:
    await bench.begin()
    await until(lambda: bool(bench.mail.progress_shown))
    (shown,) = bench.mail.progress_shown
    assert isinstance(shown, Drawing)
    for now, times in ((shown.ready_at - 1, 1), (shown.ready_at + 1, 2), (shown.ready_at + 30, 2)):
        bench.now = now
        bench.runner.pump()
        await bench.rest()
        assert bench.mail.progress_shown == [shown] * times
    bench.relay.release()
    await bench.idle()


@pytest.mark.parametrize("error", [PromptBlocked(), OperatorError(), BotError()])
async def test_what_waiting_cannot_mend_is_told_at_once(bench: Bench, error: BotError) -> None:
    bench.relay.script = [error]
    await bench.ask()
    await bench.work()
    assert bench.relay.calls == 1
    assert [told.problem for told in bench.mail.delivered] == [error.key]


@pytest.mark.parametrize("error", [RelayBusy, BadReply])
async def test_what_passes_is_tried_again_with_growing_pauses_and_then_given_up(
    bench: Bench, error: type[BotError]
) -> None:
    bench.relay.script = [error() for _ in range(4)]
    await bench.ask()
    await bench.work()
    pauses: list[float] = []
    while not bench.mail.delivered:
        (retrying,) = [shown for shown in bench.mail.progress_shown[-1:] if isinstance(shown, Retrying)]
        pauses.append(retrying.run_at - bench.now)
        bench.now = retrying.run_at - 0.01
        await bench.work()
        assert bench.relay.calls == len(pauses)
        bench.now = retrying.run_at
        await bench.work()
    assert pauses == [2, 4, 8]
    assert bench.mail.delivered[0].problem == error.key


async def test_a_busy_relay_is_left_alone_as_long_as_it_asked(bench: Bench) -> None:
    bench.relay.script = [RelayBusy(retry_after=90)]
    await bench.ask()
    await bench.work()
    (shown,) = [shown for shown in bench.mail.progress_shown if isinstance(shown, Retrying)]
    assert shown.run_at == bench.now + 90


async def test_nobody_is_kept_waiting_past_the_deadline(bench: Bench) -> None:
    bench.relay.script = [RelayBusy(retry_after=3601)]
    await bench.ask()
    await bench.work()
    assert [told.problem for told in bench.mail.delivered] == ["busy"]


async def test_a_blocked_result_is_tried_once_more_and_no_more(bench: Bench) -> None:
    bench.relay.script = [ResultBlocked(), ResultBlocked()]
    await bench.ask()
    await bench.work()
    await bench.work()
    assert bench.relay.calls == 2
    assert [told.problem for told in bench.mail.delivered] == ["result-blocked"]


async def test_a_retry_draws_only_what_is_missing(bench: Bench) -> None:
    bench.relay.script = [None, RelayUnavailable(), None]
    await bench.ask(count=3)
    await bench.work()
    bench.now += 2
    await bench.work()
    assert bench.relay.calls == 4
    assert len(bench.mail.delivered[0].pictures) == 3


async def test_what_there_is_is_delivered_when_the_rest_is_refused(bench: Bench) -> None:
    bench.relay.script = [None, PromptBlocked(), None]
    await bench.ask(count=3)
    await bench.work()
    (told,) = bench.mail.delivered
    assert len(told.pictures) == 2 and told.problem == "prompt-blocked"


async def test_a_failure_that_is_nobodys_word_is_told_as_an_apology(bench: Bench) -> None:
    bench.relay.script = [ZeroDivisionError()]
    await bench.ask()
    await bench.work()
    assert [told.problem for told in bench.mail.delivered] == ["unexpected"]
