"""What each service, and each model with limits of its own, may still begin."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import Connection, func, select

from bot.domain.claim_selection import Allowance
from bot.domain.image_models.services import Services
from bot.domain.relay_health import RelayHealth
from bot.store.db.tables import jobs
from bot.store.queue.fair_queue import state_is
from bot.store.queue.limits import Limits
from bot.store.queue.services.call_rate import recorded_calls
from bot.store.queue.services.relay_state import Healths

PROBE_TIMEOUT = 60.0
"""Seconds after which a probe of a service that is down may be followed by another."""
_RUNNING = (
    select(
        jobs.c.model,
        func.sum(jobs.c.abreast).label("pictures"),
        func.sum(jobs.c.calls_left).label("reserved"),
        func.max(jobs.c.started_at).label("last_start"),
    )
    .where(state_is(jobs, "running"))
    .group_by(jobs.c.model)
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
        slots, theirs = health.slots(capacity, now), load.of_service(limits.services, service)
        services[service] = Allowance(
            slots=slots - theirs.pictures,
            most=min(slots, most),
            calls=_left(limits.calls_a_minute, theirs.calls),
            jobs=_jobs_allowed(health, theirs.last_start, now),
        )
    models: dict[str, Allowance] = {}
    for model in limits.limited_models:
        slots, own = model.concurrency or capacity, load.by_model.get(model.id, _NO_LOAD)
        models[model.id] = Allowance(
            slots=slots - own.pictures, most=min(slots, most), calls=_left(model.calls_a_minute, own.calls)
        )
    return Allowances(services=services, models=models)


@dataclass(frozen=True, slots=True)
class _ModelLoad:
    pictures: int = 0
    calls: int = 0
    last_start: float = 0.0

    def __add__(self, other: _ModelLoad) -> _ModelLoad:
        return _ModelLoad(
            self.pictures + other.pictures,
            self.calls + other.calls,
            max(self.last_start, other.last_start),
        )


_NO_LOAD = _ModelLoad()


@dataclass(frozen=True, slots=True)
class _Load:
    by_model: Mapping[str, _ModelLoad]

    def of_service(self, services: Services, service: str) -> _ModelLoad:
        theirs = (load for model, load in self.by_model.items() if services.of(model) == service)
        return sum(theirs, _NO_LOAD)


def _read_load(connection: Connection, limits: Limits, now: float) -> _Load:
    by_model: dict[str, _ModelLoad] = {}
    found = [
        (row.model, _ModelLoad(row.pictures, row.reserved, row.last_start))
        for row in connection.execute(_RUNNING)
    ]
    if limits.metered:
        recorded = recorded_calls(connection, now=now)
        found += [(model, _ModelLoad(calls=calls)) for model, calls in recorded.items()]
    for model, load in found:
        id_ = limits.model_id(model)
        by_model[id_] = by_model.get(id_, _NO_LOAD) + load
    return _Load(by_model)


def _left(limit: int | None, used: int) -> int | None:
    return None if limit is None else limit - used


def _jobs_allowed(health: RelayHealth, last_start: float, now: float) -> int | None:
    """Return how many jobs a service may begin: one probe while it is down, none while it pauses."""
    if now < health.free_at:
        return 0
    if health.down_since is None:
        return None
    return 0 if last_start >= max(health.down_since, now - PROBE_TIMEOUT) else 1
