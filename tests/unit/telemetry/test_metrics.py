"""The metrics of a process, and the dashboard, alerts and page that name them."""

from __future__ import annotations

import inspect
import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import yaml
from prometheus_client.parser import text_string_to_metric_families

from bot.domain.models import QueueCounts
from bot.domain.relay_health import RelayHealth
from bot.ops.gauges import limit_gauges, process_gauges, queue_gauges, shard_gauges
from bot.services.operator.overview import Overview
from bot.telemetry.metrics import Gauge, Metrics
from bot.telemetry.recorder import NOT_RECORDED, Recorder

OPERATING = Path(__file__).parents[3] / "docs" / "operating"
NOW = 1_700_000_000.0
SUFFIXES = re.compile(r"_(?:bucket|sum|count)$")
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


@pytest.fixture(scope="module")
def samples() -> dict[str, float]:
    """The bot's own samples by name and labels."""
    families = text_string_to_metric_families(render())
    return {
        f"{sample.name}{sorted(sample.labels.items())}": sample.value
        for family in families
        for sample in family.samples
    }


@pytest.fixture(scope="module")
def names(samples: Mapping[str, float]) -> set[str]:
    """The names of all samples."""
    return {name.partition("[")[0] for name in samples}


def test_everything_that_can_be_recorded_is_a_metric() -> None:
    recorded = {name for name, _ in inspect.getmembers(Recorder, inspect.isfunction) if name[0] != "_"}
    assert recorded == ARGUMENTS.keys()
    assert recorded <= vars(Metrics).keys()


def test_without_metrics_everything_can_be_recorded_too() -> None:
    for name, arguments in ARGUMENTS.items():
        assert getattr(NOT_RECORDED, name)(*arguments) is None


def test_what_was_recorded_and_what_is_read_is_rendered(samples: Mapping[str, float]) -> None:
    assert samples["jimeng_provider_calls_total[('outcome', 'picture'), ('provider', 'relay')]"] == 1
    assert samples["jimeng_pictures_delivered_total[]"] == 2
    costs = "[('currency', 'USD'), ('model', 'seedream-4.5'), ('provider', 'relay')]"
    assert samples[f"jimeng_provider_cost_total{costs}"] == 0.04
    assert samples["jimeng_jobs_finished_total[('outcome', 'cancelled')]"] == 1
    assert samples["jimeng_oldest_waiting_seconds[]"] == 30
    assert samples["jimeng_provider_pause_seconds[('provider', 'relay')]"] == 5
    assert samples["jimeng_ready[('check', 'database')]"] == 0
    assert samples["jimeng_shard_latency_seconds[('shard', '3')]"] == 0.04


def test_two_processes_in_one_have_registries_of_their_own() -> None:
    first, second = Metrics(), Metrics()
    first.cancelled()
    assert b'jimeng_jobs_finished_total{outcome="cancelled"} 1.0' in first.render()
    assert b'"cancelled"' not in second.render()


def test_no_label_names_a_member_a_server_or_a_channel(samples: Mapping[str, float]) -> None:
    labels = {label for name in samples for label in re.findall(r"\('(\w+)', ", name)}
    known = {
        "provider",
        "outcome",
        "rule",
        "step",
        "route",
        "status",
        "state",
        "shard",
        "check",
        "currency",
        "model",
        "limit",
        "le",
    }
    build = {"version", "python", "discord_py", "implementation", "generation", "major", "minor"}
    assert labels <= known | build | {"patchlevel"}


def test_every_metric_in_the_dashboard_and_the_alerts_exists(names: set[str]) -> None:
    expressions = [*dashboard_expressions(), *(rule["expr"] for rule in alert_rules())]
    used = {name for each in expressions for name in re.findall(r"\bjimeng_\w+", each)}
    assert len(used) > 20
    assert used <= names


def test_every_metric_is_on_the_page(names: set[str]) -> None:
    page = set(re.findall(r"`(jimeng_\w+)`", (OPERATING / "metrics.md").read_text(encoding="utf-8")))
    ours = {name for name in names if name.startswith("jimeng_") and not name.endswith("_created")}
    assert page == {SUFFIXES.sub("", name) for name in ours}


def test_every_alert_is_on_its_page_and_has_a_summary() -> None:
    page = (OPERATING / "alerts.md").read_text(encoding="utf-8")
    assert re.findall(r"^\| `(\w+)` \|", page, re.M) == [rule["alert"] for rule in alert_rules()]
    for rule in alert_rules():
        assert rule["annotations"]["summary"]
        assert rule["labels"]["severity"] in ("warning", "critical")


def alert_rules() -> list[dict[str, Any]]:
    found = yaml.safe_load((OPERATING / "alerts.yaml").read_text(encoding="utf-8"))
    return [rule for group in found["groups"] for rule in group["rules"]]


def dashboard_expressions() -> list[str]:
    found = json.loads((OPERATING / "grafana-dashboard.json").read_text(encoding="utf-8"))
    return [target["expr"] for panel in found["panels"] for target in panel["targets"]]
