"""How many jobs there are in each open state."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueCounts:
    """The open jobs at a moment."""

    waiting: int
    waiting_pictures: int
    oldest_waiting_at: float | None
    """When the oldest waiting job was accepted, in seconds since the epoch."""
    running: int
    undelivered: int
    """Jobs whose outcome is still to be delivered."""
    counted_pictures: int
    """Pictures of this UTC day that count towards the operator's limits."""
    counted_cost: int = 0
    """The same of costs, in millionths."""

    def oldest_age(self, now: float) -> float | None:
        """Return for how many seconds the oldest waiting job has waited; None where none waits."""
        return None if self.oldest_waiting_at is None else now - self.oldest_waiting_at
