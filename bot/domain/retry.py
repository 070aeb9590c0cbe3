"""Whether a request that failed is tried again by itself, and when."""

from __future__ import annotations

from dataclasses import dataclass

from bot.domain.errors import BadReply, BotError, RelayBusy, RelayDown, RelayUnavailable, ResultBlocked

TRIES = 4
"""How often a request is tried at most."""
LONGEST_PAUSE = 60.0
"""Seconds between two tries at most, where the relay doesn't ask for more."""
_MOST: tuple[tuple[type[BotError], int], ...] = (
    (ResultBlocked, 2),  # by chance, so once more; oftener would collect strikes on the operator's account
    (RelayBusy, TRIES),
    (RelayUnavailable, TRIES),
    (BadReply, TRIES),
)
"""How often a request that ends so is tried; whatever isn't here is never tried again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Again:
    """When a request is tried again, and whether the try that failed counts."""

    run_at: float
    counts: bool = True


def again(error: BotError, *, tries: int, now: float, deadline: float, jitter: float) -> Again | None:
    """Return when to try again after ``tries`` of them; None when that would be in vain or too late.

    ``jitter`` from 0 to 1 spreads those that failed together.
    """
    if not error.retry:
        return None
    if isinstance(error, RelayDown):
        # A second later than others may, lest one and the same request be the only one that asks for news.
        run_at, counts = max(error.until, now) + 1 + jitter, False
    elif tries < _most(error):
        run_at, counts = now + _pause(error, tries) * (1 + jitter / 4), True
    else:
        return None
    return Again(run_at=run_at, counts=counts) if run_at < deadline else None


def _most(error: BotError) -> int:
    return next((most for kind, most in _MOST if isinstance(error, kind)), 0)


def _pause(error: BotError, tries: int) -> float:
    if isinstance(error, ResultBlocked):
        return 0.0
    asked = (error.retry_after or 0.0) if isinstance(error, RelayBusy) else 0.0
    return max(min(2.0 ** min(tries, 10), LONGEST_PAUSE), asked)
