"""How much may be asked for, and be drawn, at once."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Limits for all processes on one database together; those of members and of the queue count requests."""

    member_running: int = 2
    member_waiting: int = 25
    queue_size: int = 1000
    calls_a_minute: int | None = None
    """Pictures begun in any minute; a request's pictures must fit in."""
