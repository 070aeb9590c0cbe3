"""Tells the operator once a day, over all processes, that the total of a day is nearly or wholly used."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import get_args

from bot.domain.daily_limits import DailyLimits, utc_day
from bot.domain.models import DailyCount, LimitUnit
from bot.domain.ports import Clock
from bot.store.controls.limit_notices import LimitNoticeStore, Part

log = logging.getLogger(__name__)

_PERCENTS = (80, 100)
_REFUSALS: Mapping[str, LimitUnit] = {"total-daily": "pictures", "total-daily-cost": "cost"}


@dataclass(frozen=True, slots=True, kw_only=True)
class LimitNotice:
    """So much of a day's total is used: ``percent``, of pictures or of millionths of the currency."""

    unit: LimitUnit
    percent: int
    used: int
    allowed: int


class LimitNoticeService:
    """Finds what the operator is to be told; a request that was refused counts as all of a limit."""

    def __init__(self, notices: LimitNoticeStore, limits: DailyLimits, clock: Clock) -> None:
        self._notices = notices
        self._limits = limits
        self._clock = clock
        self._refused: set[LimitUnit] = set()
        self._told: tuple[int, set[Part]] = (0, set())
        """The day, and of what the operator was told in it."""

    @property
    def is_needed(self) -> bool:
        """Whether there is a total to be watched."""
        return any(self._limits.of("total", unit) is not None for unit in get_args(LimitUnit))

    def refused(self, rule: str) -> None:
        """Note that a rule refused a request."""
        if rule in _REFUSALS:
            self._refused.add(_REFUSALS[rule])

    async def due(self) -> list[LimitNotice]:
        """Return what the operator isn't told of yet, log it, and let no process return it again today."""
        now = self._clock()
        if self._told[0] != utc_day(now):
            self._told = utc_day(now), set()
        used, told = await self._notices.total(now=now), self._told[1]
        reached = [part for part in self._reached(used) if part not in told]
        self._refused.clear()
        if not reached:
            return []
        new = await self._notices.claim(reached, now=now)
        told.update(reached)
        found = [self._notice(part, used) for part in new]
        for notice in found:
            log.warning("%d %% of the daily limit in all is used: %s", notice.percent, notice.unit)
        return found

    def _reached(self, used: DailyCount) -> Iterator[Part]:
        for unit in get_args(LimitUnit):
            if (allowed := self._limits.of("total", unit)) is None:
                continue
            for percent in _PERCENTS:
                if getattr(used, unit) * 100 >= percent * allowed or unit in self._refused:
                    yield unit, percent

    def _notice(self, part: Part, used: DailyCount) -> LimitNotice:
        unit, percent = part
        return LimitNotice(
            unit=unit,
            percent=percent,
            used=getattr(used, unit),
            allowed=self._limits.of("total", unit) or 0,
        )
