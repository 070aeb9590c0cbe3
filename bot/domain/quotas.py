"""How many pictures a member may have in a day: pure functions of a server's settings and the clock."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, time, timedelta

from bot.domain.guild_settings import GuildSettings
from bot.domain.models import Quota
from bot.domain.time_zones import zone_named

_BAR = 10


def quota_of(settings: GuildSettings, roles: Collection[int], *, moderator: bool, now: float) -> Quota | None:
    """Return what a member with these roles may have now; None where that is as much as they like."""
    if settings.daily is None or moderator:
        return None
    raised = [settings.daily_by_role[role] for role in roles if role in settings.daily_by_role]
    since, until = day_of(now, settings.time_zone)
    return Quota(allowed=max([settings.daily, *raised]), since=since, until=until, past=settings.past_quota)


def day_of(now: float, time_zone: str) -> tuple[float, float]:
    """Return when the day of this moment begins and ends there, in seconds since the epoch."""
    zone = zone_named(time_zone)
    today = datetime.fromtimestamp(now, zone).date()
    begins, ends = (datetime.combine(day, time(), zone) for day in (today, today + timedelta(days=1)))
    return begins.timestamp(), ends.timestamp()


def bar(used: int, allowed: int) -> str:
    """Draw how much of a quota is used; full only where all of it is."""
    filled = _BAR if used >= allowed else min(used * _BAR // allowed, _BAR - 1)
    return "▰" * filled + "▱" * (_BAR - filled)
