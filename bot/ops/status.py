"""The state of the queue and what was done lately, for the terminal or as JSON."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Iterator, Mapping
from contextlib import AbstractAsyncContextManager
from typing import Any

from rich.console import Console, Group
from rich.live import Live
from rich.table import Table
from rich.text import Text

from bot.config.setting_values import format_duration
from bot.config.settings import Settings
from bot.services.operator.processes import step_times
from bot.store.operator.operator_view import OperatorView, open_operator_view
from bot.telemetry.version import version
from bot.worker import spool

_REFRESH = 2.0
"""Seconds between two looks."""

Status = Mapping[str, Any]
"""What ``--json`` prints; times in seconds, sizes in bytes."""


async def print_status(settings: Settings, console: Console) -> None:
    """Print the status once, as JSON; raise ``OperatorError`` where the database can't be read."""
    async with _open(settings) as view:
        status = await read_status(settings, view)
    console.print(json.dumps(status, indent=2), markup=False, soft_wrap=True)


async def watch_status(settings: Settings, console: Console) -> None:
    """Show the status until Ctrl-C, anew every two seconds; raise like ``print_status``."""
    async with _open(settings) as view:
        with Live(console=console, screen=console.is_terminal, auto_refresh=False) as live:
            while True:
                live.update(render(await read_status(settings, view)), refresh=True)
                if not console.is_terminal:
                    return
                await asyncio.sleep(_REFRESH)


def _open(settings: Settings) -> AbstractAsyncContextManager[OperatorView]:
    return open_operator_view(settings.database_url, capacity=settings.relay_concurrency)


async def read_status(settings: Settings, view: OperatorView) -> Status:
    """Return the state of all processes on a database, and of this machine's disk."""
    now, capacity = time.time(), settings.relay_concurrency
    queue = await view.queue.read(now=now)
    activity = await view.activity.read(now=now)
    steps = step_times(await view.processes.all(), activity, now)
    healths = await view.relay.healths()
    oldest = queue.oldest_age(now)
    return {
        "version": version(),
        "at": round(now, 3),
        "queue": {
            "waiting": queue.waiting,
            "waiting_pictures": queue.waiting_pictures,
            "oldest_waiting_seconds": None if oldest is None else round(oldest, 1),
            "running": queue.running,
            "undelivered": queue.undelivered,
        },
        "paused": any(health.paused for health in healths.values()),
        "services": {
            service: {
                "down": health.is_down,
                "slots": health.slots(capacity, now),
                "pause_seconds": round(health.pause(now), 1),
            }
            for service, health in healths.items()
        },
        "last_hour": {"outcomes": dict(activity.outcomes), "pictures": activity.pictures},
        "pictures_a_minute": round(activity.pictures_a_minute, 2),
        "seconds": {
            step: {"p50": round(found.p50, 2), "p95": round(found.p95, 2)} for step, found in steps.items()
        },
        "workers": [
            {
                "name": each.name,
                "jobs": each.jobs,
                "lease_seconds": None if each.lease_until is None else round(each.lease_until - now, 1),
            }
            for each in activity.workers
        ],
        "disk": await asyncio.to_thread(_disk, settings),
    }


def _disk(settings: Settings) -> Mapping[str, int]:
    use = spool.disk_use(settings.data_dir, settings.spool)
    return {} if use is None else {"free_bytes": use[0], "spool_bytes": use[1]}


def render(status: Status) -> Group:
    """Return the status as text and tables."""
    return Group(_header(status), Text(), *_tables(status))


def _header(status: Status) -> Text:
    text = Text.assemble(("jimeng-bot ", "bold"), status["version"])
    if status["paused"]:
        text.append(" · ").append("everything is paused by the operator", "bold yellow")
    for service, health in status["services"].items():
        text.append(" · ").append(*_service(service, health))
    return text


def _service(name: str, health: Mapping[str, Any]) -> tuple[str, str]:
    """Return what a service does, and its style."""
    pause = format_duration(health["pause_seconds"])
    if health["down"]:
        return f"{name} is down, tried again in {pause}", "bold red"
    if health["pause_seconds"]:
        return f"{name} is busy, paused for {pause}", "yellow"
    return f"{name}: {health['slots']} pictures at once", "green"


def _tables(status: Status) -> Iterator[Table]:
    queue = status["queue"]
    oldest = queue["oldest_waiting_seconds"]
    yield _table(
        "Queue",
        ("Waiting", f"{queue['waiting']:,} ({queue['waiting_pictures']:,} pictures)"),
        ("Oldest", "–" if oldest is None else format_duration(oldest)),
        ("Running", f"{queue['running']:,}"),
        ("To deliver", f"{queue['undelivered']:,}"),
    )
    hour = status["last_hour"]
    outcomes = sorted(hour["outcomes"].items(), key=lambda each: -each[1])
    yield _table(
        "Last hour",
        ("Pictures", f"{hour['pictures']:,}"),
        *((name, f"{count:,}") for name, count in outcomes),
    )
    steps = status["seconds"].items()
    shown = ((step.capitalize(), f"{at['p50']:.1f} / {at['p95']:.1f}") for step, at in steps)
    yield _table("Seconds, half / 95 %", *shown)
    yield _table("Workers with jobs", *((each["name"], f"{each['jobs']}") for each in status["workers"]))
    if disk := status["disk"]:
        yield _table(
            "Disk",
            ("Free", f"{disk['free_bytes'] / 1e9:,.1f} GB"),
            ("Spool", f"{disk['spool_bytes'] / 1e6:,.1f} MB"),
        )


def _table(title: str, *rows: tuple[str, str]) -> Table:
    table = Table(title=title, title_justify="left", title_style="bold", show_header=False, box=None)
    table.add_column(min_width=24, style="dim")
    table.add_column(justify="right")
    for row in rows or (("–", ""),):
        table.add_row(*(Text(cell) for cell in row))
    return table
