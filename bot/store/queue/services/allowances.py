"""What each service, and each model with limits of its own, may still begin."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Connection, Row, Text, cast, func, select

from bot.domain.claim_selection import Allowance
from bot.domain.relay_health import RelayHealth
from bot.store.db.tables import jobs
from bot.store.queue.fair_queue import state_is
from bot.store.queue.limits import Limits
from bot.store.queue.services.call_rate import recorded_calls
from bot.store.queue.services.relay_state import Healths
from bot.store.queue.services.reservations import Reservation

PROBE_TIMEOUT = 60.0
"""Seconds after which a probe of a service that is down may be followed by another."""
_RESERVED = cast(jobs.c.reserved, Text)
_RUNNING = (
    select(
        jobs.c.model,
        _RESERVED.label("reserved"),
        func.count().label("jobs"),
        func.sum(jobs.c.abreast).label("pictures"),
        func.sum(jobs.c.calls_left).label("calls"),
        func.max(jobs.c.started_at).label("last_start"),
    )
    .where(state_is(jobs, "running"))
    .group_by(jobs.c.model, _RESERVED)
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Allowances:
    """By service, and by model for those with limits of their own."""

    services: Mapping[str, Allowance]
    models: Mapping[str, Allowance]


def read_allowances(
    connection: Connection, limits: Limits, healths: Healths, *, capacity: int, most: int, now: float
) -> Allowances:
    """Return what may begin now; each service draws ``capacity`` pictures at once, a job at most ``most``."""
    load = _read_load(connection, limits, now)
    services: dict[str, Allowance] = {}
    for service in limits.services.names:
        health = healths.get(service, RelayHealth())
        slots, theirs = health.slots(capacity, now), load.services[service]
        services[service] = Allowance(
            slots=slots - theirs.pictures,
            most=min(slots, most),
            calls=_left(limits.calls_a_minute, theirs.calls),
            jobs=_jobs_allowed(health, theirs.last_start, now),
            down=health.is_down,
        )
    models: dict[str, Allowance] = {}
    for model in limits.limited_models:
        slots, own = model.concurrency or capacity, load.models[model.id]
        models[model.id] = Allowance(
            slots=slots - own.pictures, most=min(slots, most), calls=_left(model.calls_a_minute, own.calls)
        )
    return Allowances(services=services, models=models)


@dataclass(slots=True)
class _Load:
    """Pictures that are drawn now, calls in the last minute or reserved, and when a job began last."""

    pictures: int = 0
    calls: int = 0
    last_start: float = 0.0

    def add(self, pictures: int, calls: int, started_at: float = 0.0) -> None:
        self.pictures += pictures
        self.calls += calls
        self.last_start = max(self.last_start, started_at)


@dataclass(frozen=True, slots=True)
class _Loads:
    """The load of each service and of each model; ``service_of`` tells which service draws a model."""

    service_of: Callable[[str], str]
    services: defaultdict[str, _Load] = field(default_factory=lambda: defaultdict(_Load))
    models: defaultdict[str, _Load] = field(default_factory=lambda: defaultdict(_Load))

    def add(self, model: str, pictures: int, calls: int, started_at: float = 0.0) -> None:
        """Add what is drawn with a model to its own load and to its service's."""
        self.services[self.service_of(model)].add(pictures, calls, started_at)
        self.models[model].add(pictures, calls, started_at)


def _read_load(connection: Connection, limits: Limits, now: float) -> _Loads:
    loads = _Loads(limits.services.of)
    for row in connection.execute(_RUNNING):
        if row.reserved is not None:
            _add_comparisons(loads, row)
        else:
            loads.add(limits.model_id(row.model), row.pictures, row.calls, row.last_start)
    if limits.metered:
        for named, calls in recorded_calls(connection, now=now).items():
            loads.add(limits.model_id(named), 0, calls)
    return loads


def _add_comparisons(loads: _Loads, row: Row[*tuple[Any, ...]]) -> None:
    """Add the load of comparisons that have reserved the same."""
    reserved = Reservation.from_json(json.loads(row.reserved))
    for slot in reserved.slots:
        for service in set(map(loads.service_of, slot)):
            loads.services[service].add(row.jobs, 0, row.last_start)
        for model in slot:
            loads.models[model].add(row.jobs, 0)
    for model in reserved.calls:
        loads.add(model, 0, row.jobs)


def _left(limit: int | None, used: int) -> int | None:
    return None if limit is None else limit - used


def _jobs_allowed(health: RelayHealth, last_start: float, now: float) -> int | None:
    """Return how many jobs a service may begin: one probe while it is down, none while it pauses."""
    if now < health.free_at:
        return 0
    if health.down_since is None:
        return None
    return 0 if last_start >= max(health.down_since, now - PROBE_TIMEOUT) else 1
