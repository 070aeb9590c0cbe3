"""A clock that doesn't jump when the machine's time is set."""

from __future__ import annotations

import logging
import time
from threading import Lock

from bot.domain.ports import Clock

log = logging.getLogger(__name__)

_RATE = 0.05
"""By how much it may be faster or slower than real time while it approaches the machine's clock."""
_MAX_DIFFERENCE = 24 * 3600.0
"""Seconds: a time that is wrong by more is taken over at once, as one of a machine without a battery."""
_NOTICED = 2.0
"""Seconds: larger differences are logged."""


class SteadyClock:
    """Returns the time of the ``wall`` clock, but advances steadily when that is set forward or back.

    Leases, deadlines and pauses are compared with times from before; a jump would end them all at once, or
    keep requests waiting until the time from before is reached again. ``elapsed`` returns the seconds of a
    clock that is never set. The first time is at least ``start``.
    """

    def __init__(self, wall: Clock, elapsed: Clock, *, start: float = 0.0) -> None:
        self._wall = wall
        self._elapsed = elapsed
        self._lock = Lock()
        self._read_at = elapsed()
        self._now = wall()
        self._differs = False
        if self._now < start <= self._now + _MAX_DIFFERENCE:
            self._now = start

    def __call__(self) -> float:
        """Return the time in seconds since the epoch."""
        with self._lock:
            read_at = self._elapsed()
            passed, self._read_at = read_at - self._read_at, read_at
            self._now += passed
            difference = self._wall() - self._now
            self._report(difference)
            if abs(difference) <= _MAX_DIFFERENCE:
                most = passed * _RATE
                difference = min(max(difference, -most), most)
            self._now += difference
            return self._now

    def _report(self, difference: float) -> None:
        differs = abs(difference) > _NOTICED
        if differs and not self._differs:
            log.warning(
                "this machine's clock was set %s by %.0f s; the bot approaches its time by 3 s a minute",
                "forward" if difference > 0 else "back",
                abs(difference),
            )
        self._differs = differs


def time_since_boot() -> float:
    """Return the seconds since the machine started, where possible including those it was suspended."""
    return time.clock_gettime(getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC))
