"""The metrics that are read rather than recorded: the queue, providers, shards and the disk."""

from __future__ import annotations

import math
import platform
import shutil
from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path

import discord

from bot.config.settings import Settings
from bot.domain.image_models.prices import MICRO
from bot.domain.relay_health import RelayHealth
from bot.ops.health import shards_of
from bot.services.operator.overview import Overview
from bot.telemetry.metrics import Gauge
from bot.telemetry.version import version
from bot.worker import spool


def queue_gauges(overview: Overview, capacity: int) -> Iterator[Gauge]:
    """Yield what all processes read alike from the database."""
    queue = overview.queue
    text = "Open jobs by state; undelivered ones wait for their answer to be sent."
    states = {"waiting": queue.waiting, "running": queue.running, "undelivered": queue.undelivered}
    for state, jobs in states.items():
        yield Gauge(name="jobs", text=text, value=jobs, labels={"state": state})
    oldest = max(0.0, queue.oldest_age(overview.at) or 0.0)
    yield Gauge(name="oldest_waiting_seconds", text="Age of the oldest waiting job.", value=oldest)
    yield Gauge(name="waiting_pictures", text="Pictures of the waiting jobs.", value=queue.waiting_pictures)
    yield Gauge(
        name="counted_pictures",
        text="Pictures of this UTC day that count towards the daily limits.",
        value=queue.counted_pictures,
    )
    for service, health in overview.services.items():
        yield from _provider_gauges(service, health, capacity, overview.at)


def limit_gauges(overview: Overview, settings: Settings) -> Iterator[Gauge]:
    """Yield how much of the daily limits in all is used, and whether the operator paused everything."""
    queue, currency = overview.queue, settings.catalogue.currency
    if currency is not None:
        yield Gauge(
            name="counted_cost",
            text="Costs of this UTC day that count towards the daily limits, with what is reserved.",
            value=queue.counted_cost / MICRO,
            labels={"currency": currency},
        )
    used = {
        "pictures": (queue.counted_pictures, settings.total_daily),
        "cost": (queue.counted_cost, settings.total_daily_cost),
    }
    for limit, (count, allowed) in used.items():
        if allowed:
            yield Gauge(
                name="daily_limit_used_ratio",
                text="How much of a daily limit in all is used; 1 is all of it.",
                value=count / allowed,
                labels={"limit": limit},
            )
    paused = any(health.paused for health in overview.services.values())
    yield Gauge(name="paused", text="Whether the operator paused all drawing.", value=paused)


def process_gauges(
    client: object, problems: Mapping[str, str | None], data_dir: Path, spool_dir: Path
) -> Iterator[Gauge]:
    """Yield what concerns this process and its disk."""
    build = {"version": version(), "python": platform.python_version(), "discord_py": discord.__version__}
    yield Gauge(name="build_info", text="The version that runs; always 1.", value=1, labels=build)
    for check, problem in problems.items():
        yield Gauge(
            name="ready",
            text="Whether a check of /readyz passes.",
            value=not problem,
            labels={"check": check},
        )
    if (gateway := shards_of(client)) is not None:
        yield from shard_gauges(gateway[1])
    with suppress(OSError):
        free = shutil.disk_usage(data_dir).free
        yield Gauge(name="disk_free_bytes", text="Free space on the disk of DATA_DIR.", value=free)
    yield Gauge(name="spool_bytes", text="Pictures in this process's spool.", value=spool.size(spool_dir))


def _provider_gauges(provider: str, health: RelayHealth, capacity: int, now: float) -> Iterator[Gauge]:
    labels = {"provider": provider}
    yield Gauge(
        name="provider_down",
        text="Whether a provider counts as down, so that jobs wait.",
        value=health.is_down,
        labels=labels,
    )
    yield Gauge(
        name="provider_slots",
        text="Pictures that a provider may draw at once, reduced while it is busy.",
        value=health.slots(capacity, now),
        labels=labels,
    )
    yield Gauge(
        name="provider_pause_seconds",
        text="Time until the next call of a provider that is busy or down.",
        value=health.pause(now),
        labels=labels,
    )


def shard_gauges(shards: Mapping[int, discord.ShardInfo]) -> Iterator[Gauge]:
    """Yield what is known of this process's connections to the gateway."""
    for number, shard in shards.items():
        labels = {"shard": str(number)}
        yield Gauge(
            name="shard_connected",
            text="Whether a shard of this process is connected.",
            value=not shard.is_closed(),
            labels=labels,
        )
        if math.isfinite(shard.latency):
            yield Gauge(
                name="shard_latency_seconds",
                text="Time between a shard's last heartbeat and Discord's reply.",
                value=shard.latency,
                labels=labels,
            )
