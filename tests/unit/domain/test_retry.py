"""Retries: which errors are tried again, how often and when, and never too late."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.errors import (
    BadReply,
    Blocked,
    BotError,
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
from bot.domain.retry import LONGEST_PAUSE, TRIES, Again, again

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


def after(error: BotError, tries: int, *, now: float = NOW, jitter: float = 0.0) -> Again | None:
    return again(error, tries=tries, now=now, deadline=DEADLINE, jitter=jitter)


@pytest.mark.parametrize("error", NEVER, ids=repr)
def test_what_waiting_cannot_mend_is_never_tried_again(error: BotError) -> None:
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
def test_what_passes_is_tried_again_so_often_and_with_such_pauses(
    error: BotError, pauses: list[float]
) -> None:
    found = [after(error, tries) for tries in range(1, 10)]
    assert found == [Again(run_at=NOW + pause) for pause in pauses] + [None] * (9 - len(pauses))


@pytest.mark.parametrize(("until", "run_at"), [(NOW + 20, NOW + 21), (NOW - 5, NOW + 1)])
def test_while_the_relay_is_down_tries_do_not_count_and_others_may_go_first(
    until: float, run_at: float
) -> None:
    for tries in (1, TRIES, 99):
        assert after(RelayDown(until=until), tries) == Again(run_at=run_at, counts=False)
    assert after(RelayDown(until=until), 1, jitter=1.0) == Again(run_at=run_at + 1, counts=False)


_times = st.floats(0, 2e9)
_jitters = st.floats(0, 1, exclude_max=True)
_errors = st.sampled_from(NEVER + PASSING) | st.builds(RelayBusy, retry_after=st.none() | st.floats(0, 3600))


@given(_errors, st.integers(1, 1000), _times, _times, _jitters)
def test_nothing_runs_past_its_deadline_or_before_now_or_more_often_than_it_may(
    error: BotError, tries: int, now: float, deadline: float, jitter: float
) -> None:
    found = again(error, tries=tries, now=now, deadline=deadline, jitter=jitter)
    if found is not None:
        assert now <= found.run_at < deadline
        assert error.retry
        assert tries < TRIES or not found.counts
        assert found.counts is not isinstance(error, RelayDown)


@given(st.sampled_from(NEVER), st.integers(0, 1000), _times, _jitters)
def test_a_refusal_is_final_whenever_it_comes(error: BotError, tries: int, now: float, jitter: float) -> None:
    assert again(error, tries=tries, now=now, deadline=now + 1e9, jitter=jitter) is None


@given(st.sampled_from([RelayUnavailable(), BadReply(), RelayBusy()]), _jitters)
def test_pauses_grow_whatever_the_jitter_and_are_bounded(error: BotError, jitter: float) -> None:
    found = [after(error, tries, jitter=jitter) for tries in range(1, TRIES)]
    pauses = [each.run_at - NOW for each in found if each is not None]
    assert len(pauses) == TRIES - 1
    assert all(one < other for one, other in pairwise(pauses))
    assert pauses[-1] <= LONGEST_PAUSE * 1.25


@given(st.floats(0, 3600), st.integers(1, TRIES - 1), _jitters)
def test_a_busy_relay_is_never_asked_earlier_than_it_said(asked: float, tries: int, jitter: float) -> None:
    found = after(RelayBusy(retry_after=asked), tries, jitter=jitter)
    assert found is not None and found.run_at >= NOW + asked
