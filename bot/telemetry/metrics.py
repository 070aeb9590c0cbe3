"""Prometheus metrics of this process, in a registry of its own."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from prometheus_client import (
    CollectorRegistry,
    Counter,
    GCCollector,
    Histogram,
    Metric,
    ProcessCollector,
    disable_created_metrics,
)
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest
from prometheus_client.registry import Collector

from bot.telemetry.recorder import Recorder

# They would be as many again, and nothing asks for them.
disable_created_metrics()

PREFIX = "jimeng"
_MICRO = 1_000_000
_MILLISECONDS = (0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0)
_SECONDS = (0.1, 0.25, 0.5, 1.0, 2.0, 3.0, 5.0, 10.0, 30.0)
_MINUTES = (1.0, 2.0, 5.0, 10.0, 20.0, 30.0, 60.0, 120.0, 300.0, 900.0, 3600.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Gauge:
    """A value that is read when the metrics are."""

    name: str
    text: str
    value: float
    labels: Mapping[str, str] = field(default_factory=dict[str, str])


class Metrics(Recorder):
    """Counts and times what it is told; ``render`` adds the gauges that ``read_gauges`` returns then."""

    content_type = CONTENT_TYPE_LATEST
    """The media type of what ``render`` returns."""

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        ProcessCollector(registry=self._registry)
        GCCollector(registry=self._registry)
        self._acknowledged = self._histogram(
            "interaction_acknowledgement_seconds",
            "Time from an interaction to its acknowledgement; Discord allows three seconds.",
            _SECONDS,
        )
        self._accepted = self._histogram(
            "request_acceptance_seconds", "Time that it took to store a request.", _MILLISECONDS
        )
        self._refused = self._counter(
            "requests_refused_total", "Requests that a rule or a limit refused.", "rule"
        )
        self._waited = self._histogram(
            "job_wait_seconds", "Time from a request to the start of its first attempt.", _MINUTES
        )
        self._calls = self._counter(
            "provider_calls_total", "Calls of a provider, by how they ended.", "provider", "outcome"
        )
        self._call_seconds = self._histogram(
            "provider_call_seconds", "Time that a call of a provider took.", _MINUTES, "provider"
        )
        self._costs = self._counter(
            "provider_cost_total", "What ended calls cost.", "provider", "model", "currency"
        )
        self._processed = self._histogram(
            "picture_processing_seconds", "Time to check or to fit a picture.", _SECONDS, "step"
        )
        self._delivered = self._histogram(
            "delivery_seconds", "Time to deliver an outcome, by the route that took it.", _SECONDS, "route"
        )
        self._finished = self._counter("jobs_finished_total", "Answered and cancelled jobs.", "outcome")
        self._pictures = self._counter("pictures_delivered_total", "Pictures in delivered answers.")
        self._recovered = self._counter(
            "leases_expired_total", "Jobs taken over from a worker that disappeared."
        )
        self._requests = self._counter("discord_requests_total", "Requests to Discord.", "route", "status")
        self._request_seconds = self._histogram(
            "discord_request_seconds", "Time that a request to Discord took.", _SECONDS, "route"
        )
        self._lag = self._histogram(
            "event_loop_lag_seconds", "By how much the event loop was late.", _MILLISECONDS
        )

    def read_gauges(self, read: Callable[[], Iterable[Gauge]]) -> None:
        """Also render what ``read`` returns at that moment."""
        self._registry.register(_Gauges(read))

    def render(self) -> bytes:
        """Return all metrics in Prometheus' text format."""
        return generate_latest(self._registry)

    def acknowledged(self, seconds: float) -> None:
        """Record how long after it was made an interaction was acknowledged."""
        self._acknowledged.observe(seconds)

    def accepted(self, seconds: float) -> None:
        """Record how long it took to store a request."""
        self._accepted.observe(seconds)

    def refused(self, rule: str) -> None:
        """Record that a rule or a limit refused a request before it was queued."""
        self._refused.labels(rule).inc()

    def waited(self, seconds: float) -> None:
        """Record how long a job waited until its first start."""
        self._waited.observe(max(0.0, seconds))

    def called(self, provider: str, outcome: str, seconds: float) -> None:
        """Record a call of a provider."""
        self._calls.labels(provider, outcome).inc()
        self._call_seconds.labels(provider).observe(seconds)

    def charged(self, provider: str, model: str, currency: str, micro: int) -> None:
        """Record what a call costs, in millionths of ``currency``."""
        self._costs.labels(provider, model, currency).inc(micro / _MICRO)

    def processed(self, step: str, seconds: float) -> None:
        """Record a step of a picture on this machine."""
        self._processed.labels(step).observe(seconds)

    def delivered(self, route: str, seconds: float) -> None:
        """Record the delivery of an outcome."""
        self._delivered.labels(route).observe(seconds)

    def finished(self, outcome: str, pictures: int) -> None:
        """Record an answered job."""
        self._finished.labels(outcome).inc()
        self._pictures.inc(pictures)

    def cancelled(self) -> None:
        """Record a job that was cancelled."""
        self._finished.labels("cancelled").inc()

    def recovered(self, jobs: int) -> None:
        """Record jobs whose lease expired because their worker disappeared."""
        self._recovered.inc(jobs)

    def requested(self, route: str, status: str, seconds: float) -> None:
        """Record a request to Discord."""
        self._requests.labels(route, status).inc()
        self._request_seconds.labels(route).observe(seconds)

    def lagged(self, seconds: float) -> None:
        """Record by how much the event loop was late."""
        self._lag.observe(max(0.0, seconds))

    def _histogram(self, name: str, text: str, buckets: tuple[float, ...], *labels: str) -> Histogram:
        return Histogram(f"{PREFIX}_{name}", text, labels, buckets=buckets, registry=self._registry)

    def _counter(self, name: str, text: str, *labels: str) -> Counter:
        return Counter(f"{PREFIX}_{name}", text, labels, registry=self._registry)


class _Gauges(Collector):
    """Collects gauges, those of one name together."""

    def __init__(self, read: Callable[[], Iterable[Gauge]]) -> None:
        self._read = read

    def describe(self) -> Iterable[Metric]:
        """Return nothing, as what there is to read is known only then."""
        return ()

    def collect(self) -> Iterator[Metric]:
        """Yield the gauges as they are now."""
        families: dict[str, GaugeMetricFamily] = {}
        for gauge in self._read():
            family = families.get(gauge.name)
            if family is None:
                name = f"{PREFIX}_{gauge.name}"
                family = families[gauge.name] = GaugeMetricFamily(name, gauge.text, labels=list(gauge.labels))
            family.add_metric(list(gauge.labels.values()), gauge.value)
        yield from families.values()
