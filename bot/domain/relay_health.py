"""How the relay does, judged by its answers: when to leave it alone, how much to ask, whether it is down.

One value for all processes together, and one new value for each kind of answer. The numbers and their reasons
are in docs/decisions/0009-when-the-relay-is-busy-or-down.md.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

RECOVERY = 120.0
"""Seconds in which a share grows from nothing to the whole by itself."""
BUSY_PAUSES = (2.0, 30.0)
"""Seconds without calls after the relay said that it is busy: as long as it has been, within these bounds."""
LONGEST_WAIT = 300.0
"""Seconds for which everybody waits at most because one answer asked for it."""
FAILURES = 3
"""Calls that fail one after the other before the relay is taken for down…"""
SILENCE = 5.0
"""…and the seconds without success that they must span."""
DOWN_PAUSES = (5.0, 60.0)
"""Seconds until a relay that is down is tried again: as long as it has been down, within these bounds."""
NOTED = 5.0
"""Seconds within which a success is not worth noting again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Health:
    """What the answers so far say; times in seconds since the epoch."""

    share: float = 1.0
    """The part of the pictures at once that was left at ``slowed_at``, and what successes added since."""
    slowed_at: float = 0.0
    slow_until: float = 0.0
    """Until when nobody is to call because the relay is busy."""
    well_at: float = 0.0
    """When the relay last gave what was asked for, as far as it was noted."""
    failures: int = 0
    """How many calls failed one after the other."""
    ill_since: float | None = None
    """Since when there was nothing but trouble."""
    down_since: float | None = None
    down_until: float = 0.0
    """When a relay that is down is tried again, by one request."""

    @property
    def is_down(self) -> bool:
        """Whether the relay is taken for down."""
        return self.down_since is not None

    @property
    def free_at(self) -> float:
        """When the next call may begin at the earliest."""
        return max(self.slow_until, self.down_until)

    def places(self, capacity: int, now: float) -> int:
        """Return how many of ``capacity`` pictures may be drawn at once."""
        # A little more, as three thirds are less than a whole.
        return max(1, int(capacity * self._share(now) + 1e-6))

    def answered(self, *, now: float, capacity: int) -> Health:
        """Return the health after the relay did what was asked, or refused it for a reason of its own."""
        share = 1.0
        if self._share(now) < 1.0:
            # One picture more for each round of answers, however many there are in a round.
            share = self.share + 1 / (capacity * self.places(capacity, now))
        well_at = now if now - self.well_at >= NOTED else self.well_at
        return replace(self._up(), share=share, well_at=well_at, ill_since=None)

    def busy(self, *, began: float, now: float, capacity: int, retry_after: float | None = None) -> Health:
        """Return the health after a call, begun at ``began``, was told that the relay is busy."""
        ill_since = now if self.ill_since is None else self.ill_since
        pause = min(max(_within(BUSY_PAUSES, now - ill_since), retry_after or 0.0), LONGEST_WAIT)
        slow = replace(self._up(), ill_since=ill_since, slow_until=max(self.slow_until, now + pause))
        if began < self.slowed_at:
            # It was under way when the share was cut, so it says nothing about what is left of it.
            return slow
        return replace(slow, share=max(self._share(now) / 2, 1 / capacity), slowed_at=now)

    def failed(self, *, began: float, now: float) -> Health:
        """Return the health after a call, begun at ``began``, found nobody or a failure."""
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

    def _up(self) -> Health:
        return replace(self, failures=0, down_since=None, down_until=0.0)


def _within(bounds: tuple[float, float], seconds: float) -> float:
    return min(max(seconds, bounds[0]), bounds[1])
