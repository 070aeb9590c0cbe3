"""The operator's limits on the pictures of a UTC day, wherever they are asked for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import get_args

from bot.domain.errors import RuleBroken
from bot.domain.models import DailyScope, DailyUsage

_DAY = 86_400
_RULES = ("member-daily", "server-daily", "total-daily")
"""The rules of the scopes, in their order."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DailyLimits:
    """Pictures a day for each member, for each server, and in all; None: no limit."""

    member: int | None = None
    server: int | None = None
    total: int | None = None

    def usage(self, used: Mapping[DailyScope, int], now: float) -> tuple[DailyUsage, ...]:
        """Return how much of each limit is used; a scope that isn't in ``used`` doesn't apply."""
        allowed = {"member": self.member, "server": self.server, "total": self.total}
        return tuple(
            DailyUsage(scope=scope, used=used[scope], allowed=most, until=utc_day_end(now))
            for scope in get_args(DailyScope)
            if scope in used and (most := allowed[scope]) is not None
        )

    def check(self, used: Mapping[DailyScope, int], count: int, now: float, *, weight: int = 1) -> None:
        """Raise ``RuleBroken`` if ``count`` more pictures of a weight exceed a limit."""
        for limit in self.usage(used, now):
            if limit.used + count * weight > limit.allowed:
                rule = get_args(DailyScope).index(limit.scope)
                raise RuleBroken(
                    _RULES[rule],
                    asked=count * weight,
                    count=max(0, limit.allowed - limit.used),
                    allowed=limit.allowed,
                    until=limit.until,
                    weight=weight,
                )


def utc_day(now: float) -> int:
    """Return the number of days from the epoch to the UTC day of ``now``."""
    return int(now // _DAY)


def utc_day_end(now: float) -> int:
    """Return when the UTC day of ``now`` ends, in seconds since the epoch."""
    return (utc_day(now) + 1) * _DAY
