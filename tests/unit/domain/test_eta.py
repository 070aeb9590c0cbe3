"""The queue forecast: expected start times."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.eta import QueueSnapshot, RateWindow, RunningJob
from bot.domain.models import Size

NOW = 1000.0
SECONDS: dict[Size, float] = {"1K": 10.0, "2K": 20.0, "4K": 40.0}
IDLE = QueueSnapshot(now=NOW, slots=4, free_at=0.0, member_running=2, seconds=SECONDS)


def running(*started: float, user: int = 9, size: Size = "2K", pictures: int = 1) -> list[RunningJob]:
    return [
        RunningJob(user_id=user, size=size, pictures=pictures, abreast=pictures, started_at=at)
        for at in started
    ]


def wait(
    forecast: QueueSnapshot, pictures: int = 1, size: Size = "2K", user: int = 1, **before: int
) -> float:
    named: dict[Size, int] = {"1K": before.get("k1", 0), "2K": before.get("k2", 0), "4K": before.get("k4", 0)}
    return forecast.start(user, size, pictures, named) - NOW


def test_a_request_starts_now_while_slots_are_free() -> None:
    assert wait(IDLE) == wait(IDLE, 4) == wait(IDLE, 9) == 0
    assert wait(replace(IDLE, running=running(990, 991, 992))) == 0


def test_the_next_request_starts_when_the_first_running_one_ends() -> None:
    full = replace(IDLE, running=running(985, 990, 995, 999))
    assert wait(full) == 5
    assert wait(full, 2) == 10
    assert wait(full, 9) == 19


def test_an_overdue_job_is_expected_to_end_now() -> None:
    assert wait(replace(IDLE, running=running(900, 990, 995, 999))) == 0


def test_requests_ahead_take_the_usual_time_of_their_own_size() -> None:
    full = replace(IDLE, running=running(985, 990, 995, 999))
    assert wait(full, k2=2) == 15
    assert wait(full, k1=4) == 19
    assert wait(full, k4=4) == 5 + 40
    assert wait(full, size="4K", k1=4, k4=4) == 5 + 2 * 25


def test_a_usual_duration_of_zero_is_supported() -> None:
    quick = replace(IDLE, seconds=dict.fromkeys(SECONDS, 0.0), running=running(985, 990, 995, 999))
    assert wait(quick) == 0 and wait(quick, k2=40) <= 1


def test_a_reduced_share_leaves_fewer_slots() -> None:
    full = replace(IDLE, slots=2, running=running(985, 990, 995, 999))
    assert wait(full) == 15
    assert wait(full, k2=2) == 15 + 20


def test_pictures_generated_one_at_a_time_take_longer() -> None:
    (alone,) = running(990, pictures=4)
    assert wait(replace(IDLE, slots=1, running=[replace(alone, abreast=1)])) == 70


def test_a_pause_of_the_relay_delays_every_start() -> None:
    assert wait(replace(IDLE, free_at=NOW + 90)) == 90


def test_a_member_at_their_limit_waits_for_their_own_jobs() -> None:
    mine = [*running(985, 990, user=1), *running(999)]
    assert wait(replace(IDLE, running=mine)) == 5
    assert wait(replace(IDLE, running=mine), user=2) == 0
    assert wait(replace(IDLE, member_running=1, running=mine)) == 10


@pytest.mark.parametrize(
    ("pictures", "starts"), [(1, 0), (2, 0), (3, 10), (5, 10), (6, 50), (10, 50), (11, 122), (20, 122)]
)
def test_the_rate_window_admits_pictures_as_old_ones_expire(pictures: int, starts: float) -> None:
    begun = [(NOW - 51, 3), (NOW - 11, 5)]
    rate_window = RateWindow(limit=10, window=61.0, begun=begun)
    assert rate_window.start(pictures, NOW) - NOW == starts
    assert wait(replace(IDLE, slots=99, rate_window=rate_window), pictures) == starts


_running = st.builds(
    RunningJob,
    user_id=st.integers(1, 3),
    size=st.sampled_from(["1K", "2K", "4K"]),
    pictures=st.integers(1, 4),
    abreast=st.integers(1, 4),
    started_at=st.floats(NOW - 100, NOW),
)
_meters = st.builds(
    RateWindow,
    limit=st.integers(4, 20),
    window=st.just(61.0),
    begun=st.lists(st.tuples(st.floats(NOW - 61, NOW), st.integers(1, 4)), max_size=5).map(sorted),
)
_forecasts = st.builds(
    QueueSnapshot,
    now=st.just(NOW),
    slots=st.integers(1, 9),
    free_at=st.floats(0, NOW + 300),
    member_running=st.integers(1, 3),
    seconds=st.just(SECONDS),
    running=st.lists(_running, max_size=9),
    rate_window=st.none() | _meters,
)


@given(_forecasts, st.integers(0, 50), st.integers(1, 4))
def test_no_start_is_in_the_past_or_before_earlier_requests(
    forecast: QueueSnapshot, before: int, pictures: int
) -> None:
    starts = [forecast.start(1, "2K", pictures, {"2K": before + more}) for more in range(6)]
    assert starts[0] >= max(NOW, forecast.free_at)
    assert all(one <= other + 1e-6 for one, other in pairwise(starts))


@given(_forecasts, st.integers(0, 50))
def test_fewer_slots_never_mean_an_earlier_start(forecast: QueueSnapshot, before: int) -> None:
    less = replace(forecast, slots=max(1, forecast.slots - 1))
    assert less.start(1, "2K", 1, {"2K": before}) >= forecast.start(1, "2K", 1, {"2K": before}) - 1e-6


@given(st.lists(st.integers(0, 300), min_size=1, max_size=8), st.integers(1, 200))
def test_the_nth_start_equals_a_simulation_of_first_free_slots(ends: list[int], number: int) -> None:
    jobs = [
        RunningJob(user_id=9, size="2K", pictures=1, abreast=1, started_at=NOW - 20 + end) for end in ends
    ]
    forecast = replace(IDLE, slots=len(ends), running=jobs)
    slots = sorted(NOW + end for end in ends)
    start = 0.0
    for _ in range(number):
        start = slots.pop(0)
        slots = sorted([*slots, start + 20])
    assert wait(forecast, k2=number - 1) == start - NOW
