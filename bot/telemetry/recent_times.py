"""Keeps how long something took lately."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence

_WINDOW = 3600.0
_MOST = 100


class RecentTimes:
    """Keeps the newest hundred durations of the last hour, in seconds."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._times: deque[tuple[float, float]] = deque(maxlen=_MOST)

    def add(self, seconds: float) -> None:
        """Keep a duration that ends now."""
        self._times.append((self._clock(), seconds))

    def newest(self) -> Sequence[float]:
        """Return the durations, oldest first, in whole milliseconds."""
        since = self._clock() - _WINDOW
        return tuple(round(seconds, 3) for at, seconds in self._times if at >= since)
