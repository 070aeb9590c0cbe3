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
