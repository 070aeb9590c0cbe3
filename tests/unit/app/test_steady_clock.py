"""The clock of a process goes on steadily whatever its machine's time is set to."""

from __future__ import annotations

import logging
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.app.steady_clock import SteadyClock

HOUR, DAY = 3600.0, 24 * 3600.0
STARTED = 1_800_000_000.0


class Machine:
    """A machine whose time can be set."""

    def __init__(self) -> None:
        self.set_by = 0.0
        self.running = 0.0

    def wall(self) -> float:
        return STARTED + self.running + self.set_by

    def elapsed(self) -> float:
        return self.running

    def pass_time(self, seconds: float) -> None:
        self.running += seconds


@pytest.fixture
def machine() -> Machine:
    return Machine()


@pytest.fixture
def clock(machine: Machine) -> SteadyClock:
    return SteadyClock(machine.wall, machine.elapsed)


def test_it_shows_the_machines_time(machine: Machine, clock: SteadyClock) -> None:
    for seconds in (0.0, 1.5, HOUR, 40 * DAY):
        machine.pass_time(seconds)
        assert clock() == pytest.approx(machine.wall())


@pytest.mark.parametrize("jump", [HOUR, -HOUR, 5.0, -5.0])
def test_a_machine_whose_time_is_set_makes_it_neither_jump_nor_go_back(
    machine: Machine, clock: SteadyClock, jump: float
) -> None:
    before = clock()
    machine.set_by = jump
    assert clock() == before
    machine.pass_time(60)
    assert clock() == pytest.approx(before + 60, abs=3.01)


@given(
    st.lists(
        st.tuples(st.floats(-DAY / 4, DAY / 4), st.floats(0, HOUR)),
        min_size=1,
        max_size=6,
    )
)
def test_whatever_the_machines_time_is_set_to_it_is_almost_as_fast_as_real_time(
    steps: list[tuple[float, float]],
) -> None:
    machine = Machine()
    clock = SteadyClock(machine.wall, machine.elapsed)
    times = [(machine.running, clock())]
    for jump, seconds in steps:
        machine.set_by = jump
        machine.pass_time(seconds)
        times.append((machine.running, clock()))
    for (began, earlier), (ended, later) in pairwise(times):
        passed = ended - began
        assert passed * 0.95 - 1e-3 <= later - earlier <= passed * 1.05 + 1e-3


def test_it_reaches_the_time_that_was_set(machine: Machine, clock: SteadyClock) -> None:
    machine.set_by = -HOUR
    for _ in range(21):
        machine.pass_time(HOUR)
        clock()
    assert clock() == pytest.approx(machine.wall())


def test_a_time_that_was_wrong_by_years_is_corrected_at_once(machine: Machine, clock: SteadyClock) -> None:
    machine.set_by = 1000 * DAY
    assert clock() == machine.wall()


def test_a_start_continues_where_an_earlier_process_was_if_the_time_was_set_back_since(
    machine: Machine,
) -> None:
    latest = machine.wall() + HOUR
    assert SteadyClock(machine.wall, machine.elapsed, start=latest)() == latest
    assert SteadyClock(machine.wall, machine.elapsed, start=machine.wall() - HOUR)() == machine.wall()
    assert SteadyClock(machine.wall, machine.elapsed, start=machine.wall() + 2 * DAY)() == machine.wall()


def test_a_time_that_was_set_is_logged_once(
    machine: Machine, clock: SteadyClock, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING):
        clock()
        machine.set_by = -HOUR
        for _ in range(3):
            clock()
    assert [record.getMessage() for record in caplog.records] == [
        "this machine's clock was set back by 3600 s; the bot approaches its time by 3 s a minute"
    ]
