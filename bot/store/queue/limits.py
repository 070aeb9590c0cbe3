"""Limits of the queue."""

from __future__ import annotations

from dataclasses import dataclass, field

from bot.domain.catalogue import Catalogue
from bot.domain.daily_limits import DailyLimits


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Limits over all processes on one database; those of members and of the queue count jobs."""

    member_running: int = 2
    member_waiting: int = 25
    queue_size: int = 1000
    daily: DailyLimits = field(default_factory=DailyLimits)
    calls_a_minute: int | None = None
    """Relay calls begun in any minute, one per picture; at least as many as a job may have pictures."""
    models: Catalogue | None = None
    """Tells what calls cost."""
