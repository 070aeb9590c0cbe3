"""Daily limits of single members and servers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict

from bot.domain.controls.acts import Act, Operator, Target
from bot.domain.controls.own_limits import OwnLimits
from bot.domain.daily_limits import DailyLimits
from bot.domain.ports import Clock
from bot.services.operator.audit import log_act
from bot.store.controls.own_limits import OwnLimitStore


class LimitService:
    """Sets own limits, which every process applies to the next request; ``configured`` are the others'."""

    def __init__(self, own: OwnLimitStore, configured: DailyLimits, clock: Clock) -> None:
        self._own = own
        self.configured = configured
        self._clock = clock

    async def set(self, target: Target, limits: OwnLimits, *, by: Operator, reason: str = "") -> None:
        """Set all limits of a member or a server; ``OwnLimits()`` takes them back to the settings'.

        Raises ``ValueError`` for another target.
        """
        if target.kind == "request":
            raise ValueError("members and servers have limits of their own")
        act = Act(by=by, name="limits", target=target, reason=reason, details=asdict(limits))
        await self._own.set(target, limits, act, now=self._clock())
        log_act(act)

    async def own(self, target: Target) -> OwnLimits:
        """Return a member's or a server's own limits."""
        return await self._own.find(target)

    async def all(self) -> Mapping[Target, OwnLimits]:
        """Return all own limits."""
        return await self._own.all()
