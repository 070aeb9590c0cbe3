"""A machine that stands still delays nothing that is measured in the time it ran."""

from __future__ import annotations

from tests.support.running_clock import RunningClock


def test_short_steps_count_and_a_standstill_counts_as_a_second() -> None:
    times = iter([100.0, 100.5, 101.0, 160.0, 160.25])
    clock = RunningClock(lambda: next(times))
    assert [clock() for _ in range(4)] == [0.5, 1.0, 2.0, 2.25]
