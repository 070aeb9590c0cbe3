"""Renders the console's templates: everything is escaped, and no page has a script or a style of its own."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from bot.config.setting_values import format_duration
from bot.domain.image_models.prices import Spending

HERE = Path(__file__).parent


def create_environment(server_name: Callable[[int], str | None]) -> Environment:
    """Return the templates' environment; ``server_name`` returns the name of a server that is known."""
    environment = Environment(
        loader=FileSystemLoader(HERE / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    filters: dict[str, Callable[..., str]] = {
        "number": _number,
        "time": _time,
        "seconds": _seconds,
        "megabytes": _megabytes,
        "money": _money,
        "day": format_day,
        "server": partial(_server, server_name),
    }
    environment.filters.update(filters)
    return environment


def format_day(day: int) -> str:
    """Return the date of a UTC day, counted from the epoch."""
    return f"{datetime.fromtimestamp(day * 86_400, UTC):%Y-%m-%d}"


def _number(value: int) -> str:
    return f"{value:,}"


def _megabytes(value: int) -> str:
    return f"{value / 1e6:,.1f} MB" if value < 1e9 else f"{value / 1e9:,.1f} GB"


def _server(name: Callable[[int], str | None], guild_id: int | None) -> str:
    return "Direct messages" if guild_id is None else name(guild_id) or str(guild_id)


def _time(at: float | None) -> str:
    return "–" if at is None else f"{datetime.fromtimestamp(at, UTC):%Y-%m-%d %H:%M:%S} UTC"


def _seconds(value: float | None) -> str:
    if value is None:
        return "–"
    return f"{value:.1f} s" if value < 60 else format_duration(value)


def _money(micro: Any, currency: str) -> str:
    return str(Spending(currency=currency, micro=int(micro)))
