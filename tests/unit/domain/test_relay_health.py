"""Relay health: a busy relay gets fewer calls, one that is down gets probes, and both recover."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.relay_health import BUSY_PAUSES, DOWN_PAUSES, MAX_RETRY_AFTER, RECOVERY, RelayHealth

HEALTHY = RelayHealth()
NOW = 1000.0


def busy(
    health: RelayHealth, now: float = NOW, *, capacity: int = 16, after: float | None = None
) -> RelayHealth:
    return health.busy(began=now, now=now, capacity=capacity, retry_after=after)


def failing(*times: float) -> RelayHealth:
    health = HEALTHY
    for now in times:
        health = health.failed(began=now, now=now)
    return health


def test_a_healthy_relay_gets_full_capacity_at_any_time() -> None:
    assert HEALTHY.slots(16, NOW) == 16
    assert HEALTHY.free_at == 0 and not HEALTHY.is_down
    assert HEALTHY.answered(now=NOW, capacity=16).answered(now=NOW + 1, capacity=16).well_at == NOW


def test_each_busy_reply_halves_the_slots_down_to_one() -> None:
    health, slots = HEALTHY, list[int]()
    for step in range(6):
        health = busy(health, NOW + step / 100)
        slots.append(health.slots(16, NOW + step / 100))
    assert slots == [8, 4, 2, 1, 1, 1]


def test_concurrent_busy_replies_count_once() -> None:
    health = busy(HEALTHY)
    for _ in range(9):
        health = health.busy(began=NOW - 1, now=NOW + 1, capacity=16)
    assert health.slots(16, NOW) == 8
    assert health.busy(began=NOW, now=NOW + 2, capacity=16).slots(16, NOW) == 4


@pytest.mark.parametrize(
    ("asked", "pause"),
    [(None, 2), (1, 2), (90, 90), (MAX_RETRY_AFTER, MAX_RETRY_AFTER), (3600, MAX_RETRY_AFTER)],
)
def test_all_calls_pause_for_the_retry_after_within_bounds(asked: float | None, pause: float) -> None:
    assert busy(HEALTHY, after=asked).free_at == NOW + pause


def test_a_shorter_pause_never_cuts_a_longer_one() -> None:
    assert busy(busy(HEALTHY, after=90), NOW + 1, after=3).free_at == NOW + 90


def test_pauses_grow_while_the_relay_stays_busy() -> None:
    health, pauses = busy(HEALTHY), list[float]()
    for _ in range(7):
        now = health.free_at
        health = busy(health, now)
        pauses.append(health.free_at - now)
    assert pauses == [2, 4, 8, 16, 30, 30, 30]


def test_successes_restore_one_slot_per_round() -> None:
    health = busy(busy(HEALTHY, capacity=8), capacity=8)
    slots = [health.slots(8, NOW)]
    for _ in range(2):
        for _ in range(slots[-1]):
            health = health.answered(now=NOW, capacity=8)
        slots.append(health.slots(8, NOW))
    assert slots == [2, 3, 4]


def test_time_alone_restores_full_capacity_after_the_pause() -> None:
    health = busy(HEALTHY, after=90)
    over = NOW + 90
    assert health.slots(16, over) == 8
    assert health.slots(16, over + RECOVERY / 4) == 12
    assert health.slots(16, over + RECOVERY / 2) == 16
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
def test_consecutive_failures_over_some_seconds_mean_down(times: tuple[float, ...], down: bool) -> None:
    assert failing(*(NOW + time for time in times)).is_down is down


def test_a_success_between_failures_keeps_it_up() -> None:
    health = failing(NOW, NOW + 4).answered(now=NOW + 5, capacity=4)
    for now in (NOW + 6, NOW + 9):
        health = health.failed(began=now, now=now)
    assert not health.is_down


def test_concurrent_timeouts_mean_down_only_without_a_success_in_between() -> None:
    silent = talking = HEALTHY
    talking = talking.answered(now=NOW + 299, capacity=4)
    for _ in range(4):
        silent = silent.failed(began=NOW, now=NOW + 300)
        talking = talking.failed(began=NOW, now=NOW + 300)
    assert silent.is_down and not talking.is_down


def test_probes_become_rarer_while_the_relay_stays_down() -> None:
    health, pauses = failing(NOW, NOW + 2, NOW + 6), list[float]()
    assert health.free_at == NOW + 6 + DOWN_PAUSES[0]
    for _ in range(7):
        now = health.free_at
        health = health.failed(began=now, now=now)
        pauses.append(health.free_at - now)
    assert pauses == [5, 10, 20, 40, 60, 60, 60]


def test_a_failure_of_a_call_begun_before_the_outage_changes_nothing() -> None:
    down = failing(NOW, NOW + 2, NOW + 6)
    assert down.failed(began=NOW + 5, now=NOW + 50) == down


def test_any_reply_ends_the_outage_even_a_busy_one() -> None:
    down = failing(NOW, NOW + 2, NOW + 6)
    up = down.answered(now=NOW + 20, capacity=4)
    assert not up.is_down and up.free_at == 0 and up.slots(4, NOW + 20) == 4
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
def test_pauses_are_bounded_and_a_slot_is_left_in_any_sequence(
    steps: list[tuple[str, float, float, float | None]], capacity: int
) -> None:
    health, now = HEALTHY, NOW
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
        assert health.free_at <= now + max(MAX_RETRY_AFTER, DOWN_PAUSES[1])
        assert 1 <= health.slots(capacity, now) <= capacity
        recovered = max(now, health.free_at) + RECOVERY
        assert health.slots(capacity, recovered) == capacity
