"""All metrics of a process, each recorded or read once."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from prometheus_client import Metric
from prometheus_client.parser import text_string_to_metric_families

from bot.domain.models import QueueCounts
from bot.domain.relay_health import RelayHealth
from bot.ops.gauges import limit_gauges, process_gauges, queue_gauges, shard_gauges
from bot.services.operator.overview import Overview
from bot.telemetry.metrics import Gauge, Metrics

OPERATING = Path(__file__).parents[2] / "docs" / "operating"
NOW = 1_700_000_000.0
ARGUMENTS: Mapping[str, tuple[Any, ...]] = {
    "acknowledged": (0.2,),
    "accepted": (0.002,),
    "refused": ("quota",),
    "waited": (3.0,),
    "called": ("relay", "picture", 12.0),
    "charged": ("relay", "seedream-4.5", "USD", 40_000),
    "processed": ("fit", 0.4),
    "delivered": ("card", 0.7),
    "finished": ("pictures", 2),
    "cancelled": (),
    "recovered": (1,),
    "requested": ("answer", "200", 0.1),
    "lagged": (0.001,),
}


def gauges() -> Iterator[Gauge]:
    counts = QueueCounts(
        waiting=5,
        waiting_pictures=7,
        oldest_waiting_at=NOW - 30,
        running=2,
        undelivered=1,
        counted_pictures=40,
    )
    health = RelayHealth(down_since=NOW - 5, down_until=NOW + 5)
    overview = Overview(at=NOW, queue=counts, services={"relay": health})
    yield from queue_gauges(overview, 4)
    priced = SimpleNamespace(currency="USD")
    limited: Any = SimpleNamespace(catalogue=priced, total_daily=80, total_daily_cost=2_000_000)
    yield from limit_gauges(overview, limited)
    yield from process_gauges(object(), {"disk": None, "database": "away"}, Path(), OPERATING)
    shard: Any = SimpleNamespace(is_closed=lambda: False, latency=0.04)
    yield from shard_gauges({3: shard})


def render() -> str:
    metrics = Metrics()
    metrics.read_gauges(gauges)
    for name, arguments in ARGUMENTS.items():
        getattr(metrics, name)(*arguments)
    return metrics.render().decode()


def families() -> list[Metric]:
    """Return the metrics as Prometheus reads them."""
    return list(text_string_to_metric_families(render()))
