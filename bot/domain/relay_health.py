"""The relay's health, judged by its replies: when to pause, how many calls to make, whether it is down.

All processes share one value; each kind of reply yields a new one. The numbers and their reasons are in
docs/decisions/0009-when-the-relay-is-busy-or-down.md.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

RECOVERY = 120.0
"""Seconds in which the share recovers from zero to one without further replies."""
BUSY_PAUSES = (2.0, 30.0)
"""Seconds to pause after a busy reply: as long as it has been busy, within these bounds."""
MAX_RETRY_AFTER = 300.0
"""Seconds that one reply's Retry-After may pause all calls at most."""
FAILURES = 3
"""Consecutive failures after which the relay counts as down…"""
SILENCE = 5.0
"""…if they span at least so many seconds without a success."""
DOWN_PAUSES = (5.0, 60.0)
"""Seconds between probes of a relay that is down: as long as it has been down, within these bounds."""
SUCCESS_RESOLUTION = 5.0
"""Seconds within which a further success isn't recorded, to save writes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RelayHealth:
    """The state after all replies so far; times in seconds since the epoch."""

    share: float = 1.0
    """The part of the capacity in use: as reduced at ``slowed_at``, plus what successes added since."""
    slowed_at: float = 0.0
    slow_until: float = 0.0
    """Until when nothing calls the relay because it is busy."""
    well_at: float = 0.0
    """When the relay last succeeded, within ``SUCCESS_RESOLUTION``."""
    failures: int = 0
    """The number of consecutive failures."""
    ill_since: float | None = None
    """Since when there was no success."""
    down_since: float | None = None
    down_until: float = 0.0
    """When a relay that is down is probed again, by one request."""
    paused: bool = False
    """Whether the operator lets nothing be drawn, whatever the relay's replies."""

    @property
    def is_down(self) -> bool:
        """Whether the relay counts as down."""
        return self.down_since is not None

    @property
    def free_at(self) -> float:
        """The earliest start of the next call."""
        return max(self.slow_until, self.down_until)

    def pause(self, now: float) -> float:
        """Return the seconds until the next call may start; 0 if it may start now."""
        return max(0.0, self.free_at - now)

    def slots(self, capacity: int, now: float) -> int:
        """Return how many of ``capacity`` pictures may be generated at the same time."""
        # The epsilon makes up for rounding: three thirds add up to less than one.
        return max(1, int(capacity * self._share(now) + 1e-6))

    def answered(self, *, now: float, capacity: int) -> RelayHealth:
        """Return the health after a picture or a definite refusal."""
        share = 1.0
        if self._share(now) < 1.0:
            # Grows by one slot per full round of replies, however many replies a round has.
            share = self.share + 1 / (capacity * self.slots(capacity, now))
        well_at = now if now - self.well_at >= SUCCESS_RESOLUTION else self.well_at
        return replace(self._up(), share=share, well_at=well_at, ill_since=None)

    def busy(
        self, *, began: float, now: float, capacity: int, retry_after: float | None = None
    ) -> RelayHealth:
        """Return the health after a call that began at ``began`` got a busy reply."""
        ill_since = now if self.ill_since is None else self.ill_since
        pause = min(max(_within(BUSY_PAUSES, now - ill_since), retry_after or 0.0), MAX_RETRY_AFTER)
        slow = replace(self._up(), ill_since=ill_since, slow_until=max(self.slow_until, now + pause))
        if began < self.slowed_at:
            # It was in flight when the share was cut, so it says nothing about the reduced share.
            return slow
        return replace(slow, share=max(self._share(now) / 2, 1 / capacity), slowed_at=now)

    def failed(self, *, began: float, now: float) -> RelayHealth:
        """Return the health after a call that began at ``began`` failed or got no reply."""
        if self.down_since is not None:
            if began < self.down_since:
                return self
            pause = _within(DOWN_PAUSES, now - self.down_since)
            return replace(self, down_until=max(self.down_until, now + pause))
        ill_since = max(began, self.well_at) if self.ill_since is None else self.ill_since
        ill = replace(self, failures=self.failures + 1, ill_since=ill_since)
        if ill.failures < FAILURES or now - ill_since < SILENCE:
            return ill
        return replace(ill, down_since=now, down_until=now + DOWN_PAUSES[0])

    def _share(self, now: float) -> float:
        grown = now - max(self.slowed_at, self.slow_until)
        return min(1.0, self.share + max(0.0, grown) / RECOVERY)

    def _up(self) -> RelayHealth:
        return replace(self, failures=0, down_since=None, down_until=0.0)


def _within(bounds: tuple[float, float], seconds: float) -> float:
    return min(max(seconds, bounds[0]), bounds[1])
