"""How long the steps of a request take, over all processes."""

from __future__ import annotations

import pytest

from bot.domain.models import Activity, Percentiles
from bot.domain.models.processes import Process, ProcessState
from bot.services.operator.processes import OVERDUE, step_times

NOW = 1_000.0
WAIT = Percentiles(p50=1, p95=2)
ACTIVITY = Activity(workers=(), outcomes={}, pictures=0, pictures_a_minute=0, steps={"wait": WAIT})


def process(name: str, *acknowledged: float, silent: float = 0.0) -> Process:
    state = ProcessState(role="gateway", version="1", host="host", acknowledged=acknowledged)
    return Process(name=name, started_at=0.0, seen_at=NOW - silent, state=state)


def test_acknowledgements_of_all_processes_that_report_count() -> None:
    processes = [process("a", 0.1), process("b", 0.3), process("lost", 9.0, silent=OVERDUE + 1)]
    found = step_times(processes, ACTIVITY, NOW)
    assert list(found) == ["acknowledge", "wait"]
    assert (found["acknowledge"].p50, found["acknowledge"].p95) == pytest.approx((0.2, 0.29))


def test_a_step_that_was_not_measured_is_left_out() -> None:
    assert step_times([process("worker")], ACTIVITY, NOW) == {"wait": WAIT}
