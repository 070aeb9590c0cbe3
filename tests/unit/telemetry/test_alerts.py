"""Alert rules and the dashboard: expressions that Prometheus can evaluate, over metrics that exist."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

import promql_parser as promql
import pytest
import yaml

from bot.domain import errors
from tests.support.every_metric import OPERATING, families

GRAFANA = {"$__rate_interval": "5m", "$__range": "1h", '"$job"': '"jimeng.*"'}
ADDED = {"job", "instance", "le"}
"""Labels that come with a scrape or a histogram."""
TEMPLATED = re.compile(r"\{\{\s*\$?(?:labels\.)?(\w+)\s*(?:\|[^}]*)?\}\}")
DURATION = re.compile(r"\d+[smhd]")
ALERT_KEYS = {"alert", "expr", "for", "labels", "annotations"}
# Prometheus' own.
UP = {"up": set[str]()}


def alert_rules() -> list[dict[str, Any]]:
    found = yaml.safe_load((OPERATING / "alerts.yaml").read_text(encoding="utf-8"))
    assert found.keys() == {"groups"}
    assert all(group.keys() == {"name", "rules"} for group in found["groups"])
    return [rule for group in found["groups"] for rule in group["rules"]]


def panel_targets() -> list[dict[str, str]]:
    found = json.loads((OPERATING / "grafana-dashboard.json").read_text(encoding="utf-8"))
    return [target for panel in found["panels"] for target in panel["targets"]]


def dashboard_expression(target: Mapping[str, str]) -> str:
    expression = target["expr"]
    for name, value in GRAFANA.items():
        expression = expression.replace(name, value)
    return expression


EXPRESSIONS = [
    *(rule["expr"] for rule in alert_rules()),
    *(dashboard_expression(target) for target in panel_targets()),
]


@pytest.fixture(scope="module")
def labels() -> Mapping[str, set[str]]:
    """The labels of each sample."""
    found = dict(UP)
    for sample in (sample for family in families() for sample in family.samples):
        found.setdefault(sample.name, set()).update(sample.labels)
    return found


def parts(expression: promql.Expr) -> Iterator[Any]:
    """Yield an expression and all that it consists of."""
    yield expression
    found: Any = expression
    for name in ("lhs", "rhs", "expr", "vector_selector"):
        if (part := getattr(found, name, None)) is not None:
            yield from parts(part)
    for part in getattr(found, "args", ()):
        yield from parts(part)


def selectors(expression: str) -> list[promql.VectorSelector]:
    found = parts(promql.parse(expression))
    return [part for part in found if isinstance(part, promql.VectorSelector)]


def kept_labels(expression: promql.Expr, labels: Mapping[str, set[str]]) -> set[str]:
    """Return the labels that results of an expression can have."""
    found: Any = expression
    if isinstance(found, promql.VectorSelector):
        return labels[found.name or ""] | ADDED
    if isinstance(found, promql.AggregateExpr):
        return set(found.modifier.labels) if found.modifier else set()
    inner = [getattr(found, name, None) for name in ("lhs", "rhs", "expr", "vector_selector")]
    known = [kept_labels(each, labels) for each in [*inner, *getattr(found, "args", ())] if each is not None]
    return {label for each in known for label in each}


@pytest.mark.parametrize("expression", EXPRESSIONS)
def test_an_expression_reads_metrics_by_labels_that_they_have(
    expression: str, labels: Mapping[str, set[str]]
) -> None:
    found = selectors(expression)
    assert found
    for selector in found:
        assert (name := selector.name or "") in labels
        matched = {matcher.name for matcher in selector.matchers.matchers}
        assert matched <= labels[name] | ADDED


@pytest.mark.parametrize("expression", EXPRESSIONS)
def test_an_aggregation_groups_by_labels_that_exist(expression: str, labels: Mapping[str, set[str]]) -> None:
    for part in parts(promql.parse(expression)):
        if isinstance(part, promql.AggregateExpr):
            assert kept_labels(part, labels) <= kept_labels(part.expr, labels)


@pytest.mark.parametrize("expression", EXPRESSIONS)
def test_rates_are_those_of_counters_and_quantiles_those_of_buckets(
    expression: str, labels: Mapping[str, set[str]]
) -> None:
    for part in parts(promql.parse(expression)):
        if not isinstance(part, promql.Call):
            continue
        if part.func.name in ("rate", "increase"):
            (selector,) = [each for each in parts(part) if isinstance(each, promql.VectorSelector)]
            assert (selector.name or "").endswith(("_total", "_bucket", "_count"))
        if part.func.name == "histogram_quantile":
            assert "le" in kept_labels(part.args[1], labels)


def test_the_dashboard_and_the_alerts_use_most_metrics() -> None:
    used = {selector.name for expression in EXPRESSIONS for selector in selectors(expression)}
    assert len(used) > 25


def test_outcomes_in_expressions_are_errors_that_exist() -> None:
    keys = {each.key for each in vars(errors).values() if hasattr(each, "key")}
    matchers = [
        matcher
        for expression in EXPRESSIONS
        for selector in selectors(expression)
        for matcher in selector.matchers.matchers
        if matcher.name == "outcome"
    ]
    assert matchers
    assert {value for matcher in matchers for value in matcher.value.split("|")} <= keys


def test_every_alert_is_on_its_page_and_well_formed() -> None:
    page = (OPERATING / "alerts.md").read_text(encoding="utf-8")
    assert re.findall(r"^\| `(\w+)` \|", page, re.M) == [rule["alert"] for rule in alert_rules()]
    for rule in alert_rules():
        assert rule.keys() <= ALERT_KEYS
        assert rule["labels"].keys() == {"severity"}
        assert rule["labels"]["severity"] in ("warning", "critical")
        assert DURATION.fullmatch(rule.get("for", "0s"))


@pytest.mark.parametrize("rule", alert_rules(), ids=lambda rule: rule["alert"])
def test_a_summary_names_labels_that_its_alert_has(
    rule: dict[str, Any], labels: Mapping[str, set[str]]
) -> None:
    named = set(TEMPLATED.findall(rule["annotations"]["summary"])) - {"value"}
    assert named <= kept_labels(promql.parse(rule["expr"]), labels)


def test_the_dashboards_legends_name_labels_that_its_curves_have(labels: Mapping[str, set[str]]) -> None:
    for target in panel_targets():
        named = set(TEMPLATED.findall(target.get("legendFormat", "")))
        assert named <= kept_labels(promql.parse(dashboard_expression(target)), labels), target
