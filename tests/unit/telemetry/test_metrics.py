"""The metrics of a process, and the page that names them."""

from __future__ import annotations

import inspect
import re
from collections.abc import Mapping

import pytest

from bot.telemetry.metrics import Metrics
from bot.telemetry.recorder import NOT_RECORDED, Recorder
from tests.support.every_metric import ARGUMENTS, OPERATING, families

SUFFIXES = re.compile(r"_(?:bucket|sum|count)$")


@pytest.fixture(scope="module")
def samples() -> dict[str, float]:
    """The bot's own samples by name and labels."""
    return {
        f"{sample.name}{sorted(sample.labels.items())}": sample.value
        for family in families()
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


def test_every_metric_is_on_the_page(names: set[str]) -> None:
    page = set(re.findall(r"`(jimeng_\w+)`", (OPERATING / "metrics.md").read_text(encoding="utf-8")))
    ours = {name for name in names if name.startswith("jimeng_") and not name.endswith("_created")}
    assert page == {SUFFIXES.sub("", name) for name in ours}
