"""The relay's health: a busy one is asked less, one that is down is left alone, and both recover."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.relay_health import BUSY_PAUSES, DOWN_PAUSES, LONGEST_WAIT, RECOVERY, Health

WELL = Health()
NOW = 1000.0


def busy(health: Health, now: float = NOW, *, capacity: int = 16, after: float | None = None) -> Health:
    return health.busy(began=now, now=now, capacity=capacity, retry_after=after)


def failing(*times: float) -> Health:
    health = WELL
    for now in times:
        health = health.failed(began=now, now=now)
    return health


def test_a_relay_that_is_well_takes_all_at_once_and_at_any_time() -> None:
    assert WELL.places(16, NOW) == 16
    assert WELL.free_at == 0 and not WELL.is_down
    assert WELL.answered(now=NOW, capacity=16).answered(now=NOW + 1, capacity=16).well_at == NOW


def test_a_busy_relay_is_asked_half_as_much_again_and_again_but_never_nothing() -> None:
    health, places = WELL, list[int]()
    for step in range(6):
        health = busy(health, NOW + step / 100)
        places.append(health.places(16, NOW + step / 100))
    assert places == [8, 4, 2, 1, 1, 1]


def test_many_told_at_once_that_it_is_busy_count_as_one() -> None:
    health = busy(WELL)
    for _ in range(9):
        health = health.busy(began=NOW - 1, now=NOW + 1, capacity=16)
    assert health.places(16, NOW) == 8
    assert health.busy(began=NOW, now=NOW + 2, capacity=16).places(16, NOW) == 4


@pytest.mark.parametrize(
    ("asked", "pause"), [(None, 2), (1, 2), (90, 90), (LONGEST_WAIT, LONGEST_WAIT), (3600, LONGEST_WAIT)]
)
def test_everybody_waits_as_long_as_a_busy_relay_asks_within_reason(
    asked: float | None, pause: float
) -> None:
    assert busy(WELL, after=asked).free_at == NOW + pause


def test_a_shorter_wait_takes_nothing_from_a_longer_one() -> None:
    assert busy(busy(WELL, after=90), NOW + 1, after=3).free_at == NOW + 90


def test_a_relay_that_stays_busy_is_asked_less_and_less_often() -> None:
    health, pauses = busy(WELL), list[float]()
    for _ in range(7):
        now = health.free_at
        health = busy(health, now)
        pauses.append(health.free_at - now)
    assert pauses == [2, 4, 8, 16, 30, 30, 30]


def test_successes_give_back_one_place_a_round() -> None:
    health = busy(busy(WELL, capacity=8), capacity=8)
    places = [health.places(8, NOW)]
    for _ in range(2):
        for _ in range(places[-1]):
            health = health.answered(now=NOW, capacity=8)
        places.append(health.places(8, NOW))
    assert places == [2, 3, 4]


def test_time_alone_gives_everything_back_once_the_pause_is_over() -> None:
    health = busy(WELL, after=90)
    over = NOW + 90
    assert health.places(16, over) == 8
    assert health.places(16, over + RECOVERY / 4) == 12
    assert health.places(16, over + RECOVERY / 2) == 16
    assert health.answered(now=over + RECOVERY, capacity=16).share == 1.0


@pytest.mark.parametrize(
    ("times", "down"),
    [
        ((0, 2, 6), True),
        ((0, 2), False),
        ((0, 0, 0, 0), False),
        ((0, 0, 0, 0, 4.9), False),
        ((0, 0, 0, 0, 5), True),
    ],
)
def test_a_relay_is_down_when_some_calls_fail_in_a_row_over_some_time(
    times: tuple[float, ...], down: bool
) -> None:
    assert failing(*(NOW + time for time in times)).is_down is down


def test_a_success_between_failures_keeps_it_up() -> None:
    health = failing(NOW, NOW + 4).answered(now=NOW + 5, capacity=4)
    for now in (NOW + 6, NOW + 9):
        health = health.failed(began=now, now=now)
    assert not health.is_down


def test_calls_that_time_out_together_say_that_it_is_down_only_where_none_succeeded_meanwhile() -> None:
    silent = talking = WELL
    talking = talking.answered(now=NOW + 299, capacity=4)
    for _ in range(4):
        silent = silent.failed(began=NOW, now=NOW + 300)
        talking = talking.failed(began=NOW, now=NOW + 300)
    assert silent.is_down and not talking.is_down


def test_a_relay_that_stays_down_is_tried_less_and_less_often() -> None:
    health, pauses = failing(NOW, NOW + 2, NOW + 6), list[float]()
    assert health.free_at == NOW + 6 + DOWN_PAUSES[0]
    for _ in range(7):
        now = health.free_at
        health = health.failed(began=now, now=now)
        pauses.append(health.free_at - now)
    assert pauses == [5, 10, 20, 40, 60, 60, 60]


def test_a_call_from_before_it_was_down_says_nothing_new_when_it_fails() -> None:
    down = failing(NOW, NOW + 2, NOW + 6)
    assert down.failed(began=NOW + 5, now=NOW + 50) == down


def test_any_answer_brings_it_back_also_that_it_is_busy() -> None:
    down = failing(NOW, NOW + 2, NOW + 6)
    up = down.answered(now=NOW + 20, capacity=4)
    assert not up.is_down and up.free_at == 0 and up.places(4, NOW + 20) == 4
    assert not busy(down, NOW + 20).is_down
    assert up.failed(began=NOW + 21, now=NOW + 21).failures == 1


_steps = st.lists(
    st.tuples(
        st.sampled_from(["answered", "busy", "failed"]),
        st.floats(0, 400),
        st.floats(0, 400),
        st.none() | st.floats(0, 3600),
    ),
    max_size=60,
)


@given(_steps, st.integers(1, 500))
def test_whatever_happens_pauses_are_bounded_and_some_place_is_left(
    steps: list[tuple[str, float, float, float | None]], capacity: int
) -> None:
    health, now = WELL, NOW
    for kind, later, took, after in steps:
        now += later
        match kind:
            case "answered":
                health = health.answered(now=now, capacity=capacity)
                assert not health.is_down
            case "busy":
                health = health.busy(began=now - took, now=now, capacity=capacity, retry_after=after)
                assert health.free_at >= now + BUSY_PAUSES[0]
            case _:
                health = health.failed(began=now - took, now=now)
        assert health.free_at <= now + max(LONGEST_WAIT, DOWN_PAUSES[1])
        assert 1 <= health.places(capacity, now) <= capacity
        recovered = max(now, health.free_at) + RECOVERY
        assert health.places(capacity, recovered) == capacity
