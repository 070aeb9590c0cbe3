"""Retries: which errors are retried, how often and when, and never past the deadline."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.errors import (
    BadReply,
    Blocked,
    BotError,
    LocalFailure,
    OperatorError,
    PromptBlocked,
    ReferenceBlocked,
    ReferenceUnusable,
    RelayBusy,
    RelayDown,
    RelayUnavailable,
    ResultBlocked,
    RuleBroken,
    SizeRefused,
)
from bot.domain.retry import MAX_ATTEMPTS, MAX_PAUSE, RetryDecision, decide_retry

NOW, DEADLINE = 1000.0, 1_000_000.0
NEVER: tuple[BotError, ...] = (
    BotError(),
    Blocked(),
    PromptBlocked(),
    ReferenceBlocked(),
    ResultBlocked(retry=False),
    ReferenceUnusable("unreachable"),
    SizeRefused(),
    OperatorError(),
    RuleBroken("gone"),
)
PASSING: tuple[BotError, ...] = (
    ResultBlocked(),
    RelayBusy(),
    RelayBusy(retry_after=90),
    RelayUnavailable(),
    RelayDown(until=NOW + 20),
    BadReply(),
)


def after(error: BotError, attempts: int, *, now: float = NOW, jitter: float = 0.0) -> RetryDecision | None:
    return decide_retry(error, attempts=attempts, now=now, deadline=DEADLINE, jitter=jitter)


@pytest.mark.parametrize("error", NEVER, ids=repr)
def test_permanent_errors_are_never_retried(error: BotError) -> None:
    assert after(error, 1) is None


@pytest.mark.parametrize(
    ("error", "pauses"),
    [
        (ResultBlocked(), [0]),
        (RelayBusy(), [2, 4, 8]),
        (RelayBusy(retry_after=5), [5, 5, 8]),
        (RelayUnavailable(), [2, 4, 8]),
        (BadReply(), [2, 4, 8]),
    ],
    ids=repr,
)
def test_temporary_errors_are_retried_with_growing_pauses(error: BotError, pauses: list[float]) -> None:
    found = [after(error, attempts) for attempts in range(1, 10)]
    assert found == [RetryDecision(run_at=NOW + pause) for pause in pauses] + [None] * (9 - len(pauses))


@pytest.mark.parametrize(("until", "run_at"), [(NOW + 20, NOW + 21), (NOW - 5, NOW + 1)])
def test_attempts_do_not_count_while_the_relay_is_down_and_others_may_go_first(
    until: float, run_at: float
) -> None:
    for attempts in (1, MAX_ATTEMPTS, 99):
        assert after(RelayDown(until=until), attempts) == RetryDecision(run_at=run_at, counts=False)
    assert after(RelayDown(until=until), 1, jitter=1.0) == RetryDecision(run_at=run_at + 1, counts=False)


_times = st.floats(0, 2e9)
_jitters = st.floats(0, 1, exclude_max=True)
_errors = st.sampled_from(NEVER + PASSING) | st.builds(RelayBusy, retry_after=st.none() | st.floats(0, 3600))


@given(_errors, st.integers(1, 1000), _times, _times, _jitters)
def test_no_retry_is_past_the_deadline_or_before_now_or_beyond_the_limit(
    error: BotError, attempts: int, now: float, deadline: float, jitter: float
) -> None:
    found = decide_retry(error, attempts=attempts, now=now, deadline=deadline, jitter=jitter)
    if found is not None:
        assert now <= found.run_at < deadline
        assert error.retry
        assert attempts < MAX_ATTEMPTS or not found.counts
        assert found.counts is not isinstance(error, RelayDown)


@given(st.sampled_from(NEVER), st.integers(0, 1000), _times, _jitters)
def test_a_refusal_is_final_at_any_attempt(error: BotError, attempts: int, now: float, jitter: float) -> None:
    assert decide_retry(error, attempts=attempts, now=now, deadline=now + 1e9, jitter=jitter) is None


@given(st.sampled_from([RelayUnavailable(), BadReply(), RelayBusy()]), _jitters)
def test_pauses_grow_whatever_the_jitter_and_are_bounded(error: BotError, jitter: float) -> None:
    found = [after(error, attempts, jitter=jitter) for attempts in range(1, MAX_ATTEMPTS)]
    pauses = [each.run_at - NOW for each in found if each is not None]
    assert len(pauses) == MAX_ATTEMPTS - 1
    assert all(one < other for one, other in pairwise(pauses))
    assert pauses[-1] <= MAX_PAUSE * 1.25


def test_a_local_failure_is_retried_at_once_by_others_and_does_not_count() -> None:
    assert after(LocalFailure(), MAX_ATTEMPTS) == RetryDecision(run_at=NOW, counts=False)


@given(st.floats(0, 3600), st.integers(1, MAX_ATTEMPTS - 1), _jitters)
def test_a_busy_relay_is_never_called_earlier_than_it_asked(
    asked: float, attempts: int, jitter: float
) -> None:
    found = after(RelayBusy(retry_after=asked), attempts, jitter=jitter)
    assert found is not None and found.run_at >= NOW + asked
