"""The runner while the relay is busy or down, and its recovery."""

from __future__ import annotations

import asyncio
import logging

import pytest

from bot.domain.errors import BadReply, PromptBlocked, RelayBusy, RelayUnavailable
from bot.domain.models import RetryScheduled, Waiting
from bot.store.queue.admission import CARD_LEASE
from tests.support.runner_harness import RunnerHarness, until


async def go_down(harness: RunnerHarness) -> None:
    """Let three calls fail over six seconds: 1000, 1002 and 1006."""
    harness.relay.script = [RelayUnavailable() for _ in range(3)]
    await harness.submit()
    for now in (1000, 1002, 1006):
        harness.now = now
        await harness.run_until_idle()
    assert harness.relay.calls == 3


async def test_a_job_survives_any_number_of_failures_while_the_relay_is_down(
    harness: RunnerHarness,
) -> None:
    await go_down(harness)
    harness.relay.script = [RelayUnavailable() for _ in range(20)]
    while harness.relay.script:
        harness.now += 5
        harness.runner.tick()
        await harness.wait_until_idle()
    assert not harness.delivery.delivered and harness.now < 1000 + 1500
    harness.now += 63
    harness.runner.tick()
    await harness.wait_until_idle()
    assert [(answer.problem, len(answer.pictures)) for answer in harness.delivery.delivered] == [(None, 1)]


async def test_a_relay_whose_replies_are_broken_is_down_and_each_request_keeps_its_number_of_calls(
    harness: RunnerHarness,
) -> None:
    harness.relay.script = [BadReply() for _ in range(8)]
    await harness.submit()
    for now in (1000, 1002, 1006):
        harness.now = now
        await harness.run_until_idle()
    await harness.submit()
    await harness.run_until_idle()
    assert harness.relay.calls == 3, "the next request waits until the relay is probed"
    for _ in range(300):
        harness.now += 1
        harness.runner.tick()
        await harness.wait_until_idle()
    assert [answer.problem for answer in harness.delivery.delivered] == ["bad-reply", "bad-reply"]
    assert harness.relay.calls == 8


async def test_the_card_says_that_the_relay_is_down(harness: RunnerHarness) -> None:
    await go_down(harness)
    shown = harness.delivery.progress_shown[-1]
    assert isinstance(shown, Waiting) and shown.position.down


async def test_all_waiting_jobs_resume_by_themselves_when_the_relay_is_back(
    harness: RunnerHarness,
) -> None:
    await go_down(harness)
    for _ in range(5):
        await harness.submit()
    await harness.run_until_idle()
    assert harness.relay.calls == 3
    for _ in range(20):
        harness.now += 1
        harness.runner.tick()
        await harness.wait_until_idle()
    assert len(harness.delivery.delivered) == 6 and harness.relay.calls == 9


async def test_one_job_at_a_time_probes_a_relay_that_is_down_and_not_always_the_same(
    harness: RunnerHarness,
) -> None:
    await go_down(harness)
    second = await harness.submit()
    harness.relay.gate = asyncio.Event()
    harness.relay.script = [RelayUnavailable(), None, None]
    harness.now = 1011
    harness.runner.tick()
    await until(lambda: harness.relay.calls == 4)
    assert await harness.state(second) == "running"
    for _ in range(3):
        harness.runner.pump()
        await asyncio.sleep(0.01)
    assert harness.relay.calls == 4
    harness.relay.gate.set()
    await harness.wait_until_idle()
    harness.now = 1016
    await harness.run_until_idle()
    harness.now = 1018
    await harness.run_until_idle()
    assert len(harness.delivery.delivered) == 2


async def test_a_job_that_always_fails_does_not_open_the_circuit_for_others(
    harness: RunnerHarness,
) -> None:
    harness.relay.broken_for = "a fox"
    poison = await harness.submit()
    for now in (1000, 1002, 1006):
        harness.now = now
        await harness.run_until_idle()
    good = await harness.submit(prompt="a hen")
    harness.now = 1011
    await harness.run_until_idle()
    assert await harness.state(good) == "done"
    while await harness.state(poison) != "done":
        harness.now += 1
        harness.runner.tick()
        await harness.wait_until_idle()
        if harness.now % 5 == 0:
            await harness.submit(prompt="a hen")
    assert harness.now < 1100
    assert [answer.problem for answer in harness.delivery.delivered if answer.id == poison.id] == [
        "unavailable"
    ]


async def test_jobs_past_their_deadline_report_that_the_relay_was_down(harness: RunnerHarness) -> None:
    await go_down(harness)
    harness.relay.script = [RelayUnavailable() for _ in range(999)]
    second = await harness.submit()
    while harness.now < 4700:
        harness.now += 90
        harness.runner.tick()
        await harness.wait_until_idle()
    assert [answer.problem for answer in harness.delivery.delivered] == ["down", "down"]
    assert await harness.state(second) == "done"
    assert harness.relay.calls < 100


async def test_a_refusal_shows_that_the_relay_is_back(harness: RunnerHarness) -> None:
    await go_down(harness)
    harness.relay.script = [PromptBlocked()]
    await harness.submit()
    harness.now = 1011
    await harness.run_until_idle()
    assert not (await harness.relay_state.health()).is_down
    assert [answer.problem for answer in harness.delivery.delivered] == ["prompt-blocked"]


async def test_an_outage_logs_one_line_at_its_start_and_one_at_its_end(
    harness: RunnerHarness, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    for _ in range(4):
        await harness.submit(count=3)
    harness.relay.script = [RelayUnavailable() for _ in range(40)]
    while len(harness.delivery.delivered) < 4:
        harness.now += 1
        harness.runner.tick()
        await harness.wait_until_idle()
    warnings = [record for record in caplog.records if record.levelno >= logging.WARNING]
    assert [record.message.split(":")[0] for record in warnings] == ["the relay is down"]
    assert [r.message for r in caplog.records if "the relay is back" in r.message] != []


async def test_no_job_calls_a_busy_relay_for_as_long_as_it_asked(
    harness: RunnerHarness,
) -> None:
    harness.relay.script = [RelayBusy(retry_after=30)]
    await harness.submit()
    await harness.run_until_idle()
    await harness.submit()
    await harness.run_until_idle()
    harness.now += 29.9
    harness.runner.tick()
    await harness.wait_until_idle()
    assert harness.relay.calls == 1
    harness.now += 0.1
    harness.runner.tick()
    await harness.wait_until_idle()
    assert len(harness.delivery.delivered) == 2


async def test_a_job_larger_than_the_capacity_generates_in_turn(harness: RunnerHarness) -> None:
    harness.runner = harness.new_runner("narrow", capacity=2)
    harness.relay.gate = asyncio.Event()
    await harness.submit(count=4)
    harness.runner.pump()
    await until(lambda: harness.relay.calls == 2)
    for _ in range(5):
        await asyncio.sleep(0)
    assert harness.relay.calls == 2
    harness.relay.gate.set()
    await harness.wait_until_idle()
    assert harness.relay.calls == 4 and harness.relay.most_at_once == 2
    assert [len(answer.pictures) for answer in harness.delivery.delivered] == [4]


async def test_a_job_begins_no_more_pictures_after_an_error(harness: RunnerHarness) -> None:
    harness.runner = harness.new_runner("narrow", capacity=1)
    harness.relay.script = [None, PromptBlocked()]
    await harness.submit(count=4)
    await harness.run_until_idle()
    assert harness.relay.calls == 2
    assert [(answer.problem, len(answer.pictures)) for answer in harness.delivery.delivered] == [
        ("prompt-blocked", 1)
    ]


async def test_the_next_job_starts_while_the_last_one_is_being_delivered(harness: RunnerHarness) -> None:
    harness.runner = harness.new_runner("narrow", capacity=1)
    answer = asyncio.Event()
    harness.delivery.before = answer.wait
    for _ in range(2):
        await harness.submit()
    harness.runner.pump()
    await until(lambda: harness.relay.calls == 2)
    answer.set()
    await harness.wait_until_idle()
    assert len(harness.delivery.delivered) == 2


async def test_a_picture_is_delivered_even_if_the_relays_health_cannot_be_recorded(
    harness: RunnerHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def broken(**_: object) -> None:
        raise ConnectionError("the database is away")

    monkeypatch.setattr(harness.relay_state, "record_success", broken)
    await harness.submit()
    await harness.run_until_idle()
    assert [len(answer.pictures) for answer in harness.delivery.delivered] == [1]


async def test_a_runner_stays_within_its_own_capacity(harness: RunnerHarness) -> None:
    one, two = (harness.new_runner(name, own=1) for name in ("one", "two"))
    harness.relay.gate = asyncio.Event()
    first, second = await harness.submit(), await harness.submit()
    one.pump()
    await until(lambda: harness.relay.calls == 1)
    one.tick()
    assert (await harness.state(first), await harness.state(second)) == ("running", "waiting")
    two.pump()
    await until(lambda: harness.relay.calls == 2)
    harness.relay.gate.set()
    await harness.wait_until_idle()
    assert (await harness.state(first), await harness.state(second)) == ("done", "done")


async def test_capacity_is_freed_however_a_generation_ends(harness: RunnerHarness) -> None:
    one = harness.new_runner("one", own=1)
    harness.relay.script = [PromptBlocked()]
    for _ in range(3):
        await harness.submit()
    one.pump()
    await harness.wait_until_idle()
    assert len(harness.delivery.delivered) == 3


async def test_a_worker_holds_the_card_of_a_job_while_it_may_show_why_it_waits(
    harness: RunnerHarness,
) -> None:
    await go_down(harness)
    held = harness.delivery.held[-1]
    assert harness.now + CARD_LEASE < held.card_until < harness.now + 10
    # Whoever answers it earlier, as a fallback does, waits until then.
    stored = await harness.jobs.get(held.id)
    assert stored is not None and stored.card_until == held.card_until


async def test_a_worker_does_not_shorten_the_hold_of_another_process_on_a_card(
    harness: RunnerHarness,
) -> None:
    harness.relay.script = [RelayUnavailable()]
    accepted = await harness.submit()
    await harness.run_until_idle()
    assert harness.delivery.held == []
    stored = await harness.jobs.get(accepted.id)
    assert stored is not None and stored.card_until == accepted.card_until > harness.now
    # Which may be its own: then it shows why the job waits.
    assert isinstance(harness.delivery.progress_shown[-1], RetryScheduled)
