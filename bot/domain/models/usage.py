"""What members and servers use, and how much they may."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

OverQuotaPolicy = Literal["refuse", "relaxed"]
DailyScope = Literal["member", "server", "total"]
LimitUnit = Literal["pictures", "cost"]
"""What a daily limit counts: pictures, or money in millionths of the models' currency."""
HintKind = Literal["reply", "closed"]

HINT_INTERVALS: dict[HintKind, float] = {"reply": 30 * 86_400.0, "closed": 86_400.0}
"""Seconds after which a member may be sent a hint of a kind again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Quota:
    """Pictures ``allowed`` in a server's day, which lasts from ``since`` to ``until``."""

    allowed: int
    since: float
    until: float
    past: OverQuotaPolicy = "refuse"


@dataclass(frozen=True, slots=True, kw_only=True)
class DailyCount:
    """What counts towards a day's limits: pictures by weight, and costs in millionths."""

    pictures: int = 0
    cost: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class DailyUsage:
    """How much of one of the operator's daily limits is used; the day ends at ``until``."""

    scope: DailyScope
    unit: LimitUnit = "pictures"
    used: int
    allowed: int
    until: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Usage:
    """Pictures of one day and of thirty days, open requests, and how much of the quota is ``used``."""

    today: int
    month: int
    waiting: int
    running: int
    quota: Quota | None = None
    used: int = 0
    daily: tuple[DailyUsage, ...] = ()
    """The operator's limits that apply."""
