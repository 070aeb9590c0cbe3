"""Whether and when a failed request is retried."""

from __future__ import annotations

from dataclasses import dataclass

from bot.domain.errors import (
    BadReply,
    BotError,
    LocalFailure,
    RelayBusy,
    RelayDown,
    RelayUnavailable,
    ResultBlocked,
)

MAX_ATTEMPTS = 4
"""Attempts per request at most."""
MAX_PAUSE = 60.0
"""Seconds between two attempts at most, unless the relay asks for more."""
_MAX_ATTEMPTS_BY_ERROR: tuple[tuple[type[BotError], int], ...] = (
    (ResultBlocked, 2),  # random, so once more; further attempts would add strikes to the operator's account
    (RelayBusy, MAX_ATTEMPTS),
    (RelayUnavailable, MAX_ATTEMPTS),
    (BadReply, MAX_ATTEMPTS),
)
"""Attempts at most by kind of error; errors that aren't listed are never retried."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RetryDecision:
    """When a request is retried, and whether the failed attempt counts."""

    run_at: float
    counts: bool = True


def decide_retry(
    error: BotError, *, attempts: int, now: float, deadline: float, jitter: float
) -> RetryDecision | None:
    """Return when to retry after ``attempts`` so far; None when that is pointless or past the deadline.

    ``jitter``, from 0 to 1, spreads the retries of requests that failed together.
    """
    if not error.retry:
        return None
    if isinstance(error, RelayDown):
        # A second later than others, so that it isn't always the same request that probes the relay.
        run_at, counts = max(error.until, now) + 1 + jitter, False
    elif isinstance(error, LocalFailure):
        # At once, for another worker: this one claims no more until the failure has passed.
        run_at, counts = now, False
    elif attempts < _max_attempts(error):
        run_at, counts = now + _pause(error, attempts) * (1 + jitter / 4), True
    else:
        return None
    return RetryDecision(run_at=run_at, counts=counts) if run_at < deadline else None


def _max_attempts(error: BotError) -> int:
    return next((limit for kind, limit in _MAX_ATTEMPTS_BY_ERROR if isinstance(error, kind)), 0)


def _pause(error: BotError, attempts: int) -> float:
    if isinstance(error, ResultBlocked):
        return 0.0
    asked = (error.retry_after or 0.0) if isinstance(error, RelayBusy) else 0.0
    return max(min(2.0 ** min(attempts, 10), MAX_PAUSE), asked)
