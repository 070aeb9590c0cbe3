"""Daily limits: pure functions of a server's settings and the time."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, time, timedelta

from bot.domain.guild_settings import GuildSettings
from bot.domain.models import Quota
from bot.domain.time_zones import load_time_zone

_BAR = 10


def member_quota(
    settings: GuildSettings, roles: Collection[int], *, moderator: bool, now: float
) -> Quota | None:
    """Return the quota of a member with these roles; None where there is no limit."""
    if settings.daily is None or moderator:
        return None
    raised = [settings.daily_by_role[role] for role in roles if role in settings.daily_by_role]
    since, until = local_day(now, settings.time_zone)
    return Quota(allowed=max([settings.daily, *raised]), since=since, until=until, past=settings.past_quota)


def local_day(now: float, time_zone: str) -> tuple[float, float]:
    """Return start and end of the day of ``now`` in a time zone, in seconds since the epoch."""
    zone = load_time_zone(time_zone)
    today = datetime.fromtimestamp(now, zone).date()
    begins, ends = (datetime.combine(day, time(), zone) for day in (today, today + timedelta(days=1)))
    return begins.timestamp(), ends.timestamp()


def used_percent(used: int, allowed: int) -> int:
    """Return how much of a quota is used; 100 only where all of it is."""
    return 100 if used >= allowed else min(used * 100 // allowed, 99)


def usage_bar(used: int, allowed: int) -> str:
    """Render a usage bar; full only where the whole quota is used."""
    filled = _BAR if used >= allowed else min(used * _BAR // allowed, _BAR - 1)
    return "▰" * filled + "▱" * (_BAR - filled)
