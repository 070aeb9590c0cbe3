"""The operator's limits on the pictures and the costs of a UTC day, wherever they are asked for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Literal, get_args

from bot.domain.controls.own_limits import OwnLimits, own_or
from bot.domain.errors import RuleBroken
from bot.domain.models import DailyCount, DailyScope, DailyUsage, LimitUnit

_DAY = 86_400
_RULES = ("member-daily", "server-daily", "total-daily")
_COST_RULES = ("member-daily-cost", "server-daily-cost", "total-daily-cost")
"""The rules of the scopes, in their order."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Demand:
    """What a request asks of the limits: ``pictures``, which count as ``units`` and cost so much in all."""

    pictures: int = 0
    units: int = 0
    weight: int = 1
    """How many units each picture counts as; 1 for each of a comparison."""
    cost: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class DailyLimits:
    """Limits for each member, for each server, and in all: pictures, and costs in millionths; None: none."""

    member: int | None = None
    server: int | None = None
    total: int | None = None
    member_cost: int | None = None
    server_cost: int | None = None
    total_cost: int | None = None

    def of(self, scope: DailyScope, unit: LimitUnit) -> int | None:
        """Return the limit of a scope in a unit."""
        return getattr(self, scope if unit == "pictures" else f"{scope}_cost")

    def with_own(self, scope: Literal["member", "server"], own: OwnLimits) -> DailyLimits:
        """Return the limits with a member's or a server's own ones in place of those for each of them."""
        pictures = own_or(own.pictures, self.of(scope, "pictures"))
        cost = own_or(own.cost, self.of(scope, "cost"))
        if scope == "member":
            return replace(self, member=pictures, member_cost=cost)
        return replace(self, server=pictures, server_cost=cost)

    def usage(self, used: Mapping[DailyScope, DailyCount], now: float) -> tuple[DailyUsage, ...]:
        """Return how much of each limit is used; a scope that isn't in ``used`` doesn't apply."""
        return tuple(self._usage(used, now))

    def _usage(self, used: Mapping[DailyScope, DailyCount], now: float) -> Iterator[DailyUsage]:
        for unit in get_args(LimitUnit):
            for scope in get_args(DailyScope):
                if scope in used and (allowed := self.of(scope, unit)) is not None:
                    yield DailyUsage(
                        scope=scope,
                        unit=unit,
                        used=getattr(used[scope], unit),
                        allowed=allowed,
                        until=utc_day_end(now),
                    )

    def check(self, used: Mapping[DailyScope, DailyCount], demand: Demand, now: float) -> None:
        """Raise ``RuleBroken`` if a demand exceeds a limit."""
        for limit in self._usage(used, now):
            left, number = max(0, limit.allowed - limit.used), get_args(DailyScope).index(limit.scope)
            if limit.unit == "pictures" and demand.units > left:
                raise RuleBroken(
                    _RULES[number],
                    asked=demand.units,
                    count=left,
                    allowed=limit.allowed,
                    until=limit.until,
                    weight=demand.weight,
                )
            if limit.unit == "cost" and demand.cost > left:
                raise RuleBroken(
                    _COST_RULES[number],
                    asked=demand.pictures,
                    # What a picture costs is the operator's business.
                    count=left * demand.pictures // demand.cost,
                    until=limit.until,
                    weight=1,
                )


def utc_day(now: float) -> int:
    """Return the number of days from the epoch to the UTC day of ``now``."""
    return int(now // _DAY)


def utc_day_start(day: int) -> int:
    """Return when the UTC day of a number begins, in seconds since the epoch."""
    return day * _DAY


def utc_day_end(now: float) -> int:
    """Return when the UTC day of ``now`` ends, in seconds since the epoch."""
    return utc_day_start(utc_day(now) + 1)
