"""The runner when the relay is busy or down for everybody, and how it comes back by itself."""

from __future__ import annotations

import asyncio
import logging

import pytest

from bot.domain.errors import PromptBlocked, RelayBusy, RelayUnavailable
from bot.domain.models import Waiting
from tests.support.runner_harness import Bench, until


async def go_down(bench: Bench) -> None:
    """Let three calls fail over six seconds: 1000, 1002 and 1006."""
    bench.relay.script = [RelayUnavailable() for _ in range(3)]
    await bench.ask()
    for now in (1000, 1002, 1006):
        bench.now = now
        await bench.work()
    assert bench.relay.calls == 3


async def test_a_request_outlasts_any_number_of_failures_while_the_relay_is_down(bench: Bench) -> None:
    await go_down(bench)
    bench.relay.script = [RelayUnavailable() for _ in range(20)]
    while bench.relay.script:
        bench.now += 1
        bench.runner.tick()
        await bench.idle()
    assert not bench.mail.delivered and bench.now < 1000 + 1500
    bench.now += 63
    bench.runner.tick()
    await bench.idle()
    assert [(told.problem, len(told.pictures)) for told in bench.mail.delivered] == [(None, 1)]


async def test_the_card_says_that_the_relay_is_down(bench: Bench) -> None:
    await go_down(bench)
    shown = bench.mail.progress_shown[-1]
    assert isinstance(shown, Waiting) and shown.place.down


async def test_a_relay_that_comes_back_serves_all_who_waited_without_anybody_asking(bench: Bench) -> None:
    await go_down(bench)
    for _ in range(5):
        await bench.ask()
    await bench.work()
    assert bench.relay.calls == 3
    for _ in range(20):
        bench.now += 1
        bench.runner.tick()
        await bench.idle()
    assert len(bench.mail.delivered) == 6 and bench.relay.calls == 9


async def test_one_request_at_a_time_asks_whether_the_relay_is_back_and_not_always_the_same(
    bench: Bench,
) -> None:
    await go_down(bench)
    second = await bench.ask()
    bench.relay.hold = asyncio.Event()
    bench.relay.script = [RelayUnavailable(), None, None]
    bench.now = 1011
    bench.runner.tick()
    await until(lambda: bench.relay.calls == 4)
    assert await bench.state(second) == "running"
    for _ in range(3):
        bench.runner.pump()
        await asyncio.sleep(0.01)
    assert bench.relay.calls == 4
    bench.relay.hold.set()
    await bench.idle()
    bench.now = 1016
    await bench.work()
    bench.now = 1018
    await bench.work()
    assert len(bench.mail.delivered) == 2


async def test_a_request_that_fails_alone_does_not_keep_the_others_from_the_relay(bench: Bench) -> None:
    bench.relay.broken_for = "a fox"
    poison = await bench.ask()
    for now in (1000, 1002, 1006):
        bench.now = now
        await bench.work()
    good = await bench.ask(prompt="a hen")
    bench.now = 1011
    await bench.work()
    assert await bench.state(good) == "done"
    while await bench.state(poison) != "done":
        bench.now += 1
        bench.runner.tick()
        await bench.idle()
        if bench.now % 5 == 0:
            await bench.ask(prompt="a hen")
    assert bench.now < 1100
    assert [told.problem for told in bench.mail.delivered if told.id == poison.id] == ["unavailable"]


async def test_who_waited_until_the_deadline_is_told_that_the_relay_was_down(bench: Bench) -> None:
    await go_down(bench)
    bench.relay.script = [RelayUnavailable() for _ in range(999)]
    second = await bench.ask()
    while bench.now < 4700:
        bench.now += 10
        bench.runner.tick()
        await bench.idle()
    assert [told.problem for told in bench.mail.delivered] == ["down", "down"]
    assert await bench.state(second) == "done"
    assert bench.relay.calls < 100


async def test_a_refusal_shows_that_the_relay_is_back(bench: Bench) -> None:
    await go_down(bench)
    bench.relay.script = [PromptBlocked()]
    await bench.ask()
    bench.now = 1011
    await bench.work()
    assert not (await bench.pool.health()).is_down
    assert [told.problem for told in bench.mail.delivered] == ["prompt-blocked"]


async def test_going_down_and_coming_back_is_one_line_each_in_the_log(
    bench: Bench, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    for _ in range(4):
        await bench.ask(count=3)
    bench.relay.script = [RelayUnavailable() for _ in range(40)]
    while len(bench.mail.delivered) < 4:
        bench.now += 1
        bench.runner.tick()
        await bench.idle()
    warnings = [record for record in caplog.records if record.levelno >= logging.WARNING]
    assert [record.message.split(":")[0] for record in warnings] == ["the relay is down"]
    assert [r.message for r in caplog.records if "the relay is back" in r.message] != []


async def test_a_busy_relay_is_left_alone_by_everybody_for_as_long_as_it_asked(bench: Bench) -> None:
    bench.relay.script = [RelayBusy(retry_after=30)]
    await bench.ask()
    await bench.work()
    await bench.ask()
    await bench.work()
    bench.now += 29.9
    bench.runner.tick()
    await bench.idle()
    assert bench.relay.calls == 1
    bench.now += 0.1
    bench.runner.tick()
    await bench.idle()
    assert len(bench.mail.delivered) == 2


async def test_a_request_for_more_than_fits_draws_one_after_the_other(bench: Bench) -> None:
    bench.runner = bench.new_runner("narrow", capacity=2)
    bench.relay.hold = asyncio.Event()
    await bench.ask(count=4)
    bench.runner.pump()
    await until(lambda: bench.relay.calls == 2)
    for _ in range(5):
        await asyncio.sleep(0)
    assert bench.relay.calls == 2
    bench.relay.hold.set()
    await bench.idle()
    assert bench.relay.calls == 4 and bench.relay.most_at_once == 2
    assert [len(told.pictures) for told in bench.mail.delivered] == [4]


async def test_nothing_more_is_begun_of_a_request_once_something_is_wrong(bench: Bench) -> None:
    bench.runner = bench.new_runner("narrow", capacity=1)
    bench.relay.script = [None, PromptBlocked()]
    await bench.ask(count=4)
    await bench.work()
    assert bench.relay.calls == 2
    assert [(told.problem, len(told.pictures)) for told in bench.mail.delivered] == [("prompt-blocked", 1)]


async def test_the_next_one_starts_while_the_last_one_is_still_being_told(bench: Bench) -> None:
    bench.runner = bench.new_runner("narrow", capacity=1)
    told = asyncio.Event()
    bench.mail.before = told.wait
    for _ in range(2):
        await bench.ask()
    bench.runner.pump()
    await until(lambda: bench.relay.calls == 2)
    told.set()
    await bench.idle()
    assert len(bench.mail.delivered) == 2


async def test_a_picture_counts_even_where_that_it_came_can_not_be_noted(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def broken(**_: object) -> None:
        raise ConnectionError("the database is away")

    monkeypatch.setattr(bench.pool, "answered", broken)
    await bench.ask()
    await bench.work()
    assert [len(told.pictures) for told in bench.mail.delivered] == [1]


async def test_a_runner_draws_its_own_share_and_no_more_at_once(bench: Bench) -> None:
    one, two = (bench.new_runner(name, own=1) for name in ("one", "two"))
    bench.relay.hold = asyncio.Event()
    first, second = await bench.ask(), await bench.ask()
    one.pump()
    await until(lambda: bench.relay.calls == 1)
    one.tick()
    assert (await bench.state(first), await bench.state(second)) == ("running", "waiting")
    two.pump()
    await until(lambda: bench.relay.calls == 2)
    bench.relay.hold.set()
    await bench.idle()
    assert (await bench.state(first), await bench.state(second)) == ("done", "done")


async def test_a_place_is_free_again_however_a_drawing_ends(bench: Bench) -> None:
    one = bench.new_runner("one", own=1)
    bench.relay.script = [PromptBlocked()]
    for _ in range(3):
        await bench.ask()
    one.pump()
    await bench.idle()
    assert len(bench.mail.delivered) == 3
