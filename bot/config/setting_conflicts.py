"""Problems between settings that are valid by themselves."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import TYPE_CHECKING

from bot.config import setting_values
from bot.domain.image_models.prices import MICRO

if TYPE_CHECKING:
    from bot.config.settings import Settings

_SHORTEST_PASSWORD = 12
_USE_POSTGRESQL = "write DATABASE_URL=postgresql://user:password@host/database"


def conflicts(settings: Settings) -> Iterator[str]:
    """Yield problems between settings that are valid by themselves."""
    if settings.relay_token and not settings.relay_url:
        yield "RELAY_TOKEN is set but RELAY_URL isn't: write the address the token belongs to."
    yield from _limit_conflicts(settings)
    if settings.console_port and not settings.console_password:
        if not setting_values.is_loopback(settings.console_host):
            yield (
                f"CONSOLE_HOST={settings.console_host} can be reached from elsewhere: write a "
                "CONSOLE_PASSWORD, or CONSOLE_HOST=127.0.0.1."
            )
    elif settings.console_password and len(settings.console_password.reveal()) < _SHORTEST_PASSWORD:
        yield f"CONSOLE_PASSWORD is too short: write at least {_SHORTEST_PASSWORD} characters."
    if not settings.run_workers and not settings.supports_many_processes:
        yield (
            "RUN_WORKERS=false leaves the drawing to other processes, but an SQLite file takes one: "
            f"{_USE_POSTGRESQL}, or leave RUN_WORKERS out."
        )
    if settings.shard_ids is None:
        return
    if not settings.supports_many_processes:
        yield (
            "SHARD_IDS parts the shards among processes, but an SQLite file takes one: "
            f"{_USE_POSTGRESQL}, or leave SHARD_IDS out."
        )
    if settings.shard_count is None:
        yield "SHARD_IDS needs SHARD_COUNT as a number: how many shards all processes have together."
    elif settings.shard_ids[-1] >= settings.shard_count:
        yield (
            f"SHARD_IDS names shard {settings.shard_ids[-1]}, but they are counted from 0: with "
            f"SHARD_COUNT={settings.shard_count} the last one is {settings.shard_count - 1}."
        )


def _limit_conflicts(settings: Settings) -> Iterator[str]:
    for name, daily in (("MEMBER_DAILY", settings.member_daily), ("SERVER_DAILY", settings.server_daily)):
        if daily and settings.total_daily and daily > settings.total_daily:
            yield (
                f"{name}={daily} is more than TOTAL_DAILY={settings.total_daily}, which is for everyone "
                f"together: write at most {settings.total_daily}, or nothing for no limit of its own."
            )
    costs = {
        "MEMBER_DAILY_COST": settings.member_daily_cost,
        "SERVER_DAILY_COST": settings.server_daily_cost,
        "TOTAL_DAILY_COST": settings.total_daily_cost,
    }
    total = settings.total_daily_cost
    for name, cost in costs.items():
        if cost is not None and total is not None and cost > total:
            yield (
                f"{name} is more than TOTAL_DAILY_COST={Decimal(total) / MICRO}, which is for everyone "
                "together: write at most that, or nothing for no limit of its own."
            )
    limited = next((name for name, cost in costs.items() if cost is not None), None)
    # Models with different currencies are refused with the models file.
    unpriced = [model.id for model in settings.catalogue if model.price is None]
    if limited and unpriced:
        yield (
            f"{limited} adds up what pictures cost, but no cost is known of {', '.join(unpriced)}: write "
            "cost and currency of each model in MODELS_FILE, cost = 0 for one that is free."
        )
