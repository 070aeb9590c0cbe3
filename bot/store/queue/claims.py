"""Claiming jobs, as many as the relay's health, its capacity and the calls a minute allow.

Claims are serialized over all processes, so what a claim reads holds until it is committed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Row, func, select, update

from bot.domain.claim_selection import Candidate, Choice, Comparison, Selection
from bot.domain.errors import RelayDown
from bot.domain.image_models.comparisons import failed_fact
from bot.domain.relay_health import RelayHealth
from bot.store.db.tables import jobs
from bot.store.queue import fair_queue
from bot.store.queue.comparisons import fail_overdue_comparisons
from bot.store.queue.fair_queue import state_is
from bot.store.queue.job_rows import compared_in
from bot.store.queue.limits import Limits
from bot.store.queue.services.allowances import PROBE_TIMEOUT, read_allowances
from bot.store.queue.services.call_rate import CALL_WINDOW, count_calls, prune_calls
from bot.store.queue.services.comparison_sql import is_comparison
from bot.store.queue.services.open_models import OpenModels
from bot.store.queue.services.relay_state import Healths, is_paused, lock_for_claim
from bot.store.queue.services.reservations import Reservation
from bot.store.queue.services.service_sql import service_of

SOONEST = select(func.min(jobs.c.run_at)).where(state_is(jobs, "waiting"))
_FIRST_DEADLINE = select(func.min(jobs.c.deadline)).where(state_is(jobs, "waiting"))


@dataclass(frozen=True, slots=True, kw_only=True)
class ClaimRequest:
    """A worker's claim of jobs with a lease, within ``capacity`` concurrent pictures of all workers.

    The worker itself generates at most ``worker_capacity`` concurrently, ``worker_load`` of them already.
    """

    worker: str
    lease: float
    capacity: int
    worker_capacity: int
    worker_load: int
    now: float


def claim(
    connection: Connection, limits: Limits, request: ClaimRequest, healths: Healths | None = None
) -> Sequence[Row[Any]]:
    """Claim the next jobs, as many as may begin; ``healths`` are those read in this transaction."""
    healths = lock_for_claim(connection, healths)
    if is_paused(healths):
        return []
    _fail_overdue(connection, limits, healths, request.now)
    if limits.one_service is None:
        return _claim_of_services(connection, limits, request, healths)
    return _claim_of_one(connection, limits, request, healths.get(limits.one_service, RelayHealth()))


def _claim_of_one(
    connection: Connection, limits: Limits, request: ClaimRequest, health: RelayHealth
) -> Sequence[Row[Any]]:
    """Claim in one statement, where all jobs are limited by the same service."""
    if request.now < health.free_at or _is_probed(connection, health, request.now):
        return []
    metered = limits.calls_a_minute is not None
    # A relay that is down is probed with one job.
    most = 1 if health.is_down else request.worker_capacity
    slots = health.slots(request.capacity, request.now)
    parameters: dict[str, object] = {
        "worker": request.worker,
        "lease": request.lease,
        "now": request.now,
        "slots": slots,
        "free": request.worker_capacity - request.worker_load,
        "max_abreast": min(slots, request.worker_capacity),
    }
    if metered:
        parameters["calls"] = _calls_left(connection, limits, request.now)
    statement = fair_queue.claim_statement(most, limits.member_running, metered=metered)
    return connection.execute(statement, parameters).all()


def _claim_of_services(
    connection: Connection, limits: Limits, request: ClaimRequest, healths: Healths
) -> Sequence[Row[Any]]:
    """Claim what each service and model may begin, in the order of the queue; those held are passed over."""
    most, now = request.worker_capacity, request.now
    found = read_allowances(connection, limits, healths, capacity=request.capacity, most=most, now=now)
    selection = Selection(
        free=most - request.worker_load, most=most, services=found.services, models=found.models
    )
    claimed: list[Row[Any]] = []
    while not selection.is_over and (models := OpenModels.of(limits, selection)) is not None:
        statement = fair_queue.candidates_statement(most, limits.member_running, listed=models.listed)
        rows = connection.execute(statement, {"now": now, **models.parameters}).all()
        stopped = selection.stopped
        chosen = selection.choose(_candidate(limits, row) for row in rows)
        claimed += _begin(connection, request, chosen)
        if selection.stopped == stopped and (len(rows) < most or not chosen):
            break
    return claimed


def _candidate(limits: Limits, row: Row[Any]) -> Candidate | Comparison:
    services = limits.services
    if compared := compared_in(row):
        missing = [
            one.model for number, one in enumerate(compared, 1) if failed_fact(number) not in row.facts
        ]
        return Comparison(id=row.id, models={model: services.of(model) for model in missing})
    model = limits.model_id(row.model)
    return Candidate(id=row.id, service=services.of(model), model=model, pictures=row.amount)


def _begin(connection: Connection, request: ClaimRequest, chosen: Mapping[int, Choice]) -> list[Row[Any]]:
    """Begin jobs, each in its way."""
    begun: list[Row[Any]] = []
    for choice in sorted(set(chosen.values()), key=lambda each: (each.abreast, each.slots)):
        parameters = {
            "ids": [id_ for id_, each in chosen.items() if each == choice],
            "max_abreast": choice.abreast,
            "reserve": Reservation.of(choice.slots).to_json() if choice.slots else None,
            "worker": request.worker,
            "lease": request.lease,
            "now": request.now,
        }
        begun += connection.execute(fair_queue.begin_statement(), parameters)
    return begun


def soonest_start(connection: Connection) -> float | None:
    """Return when the first waiting job is due; None if none waits."""
    return connection.scalar(SOONEST)


def next_start_time(
    connection: Connection, limits: Limits, healths: Healths, soonest: float | None, *, now: float
) -> float | None:
    """Return when a waiting job may start, as far as that depends on time; one is due ``soonest``."""
    if soonest is None or is_paused(healths):
        return None
    used = [healths.get(service, RelayHealth()) for service in limits.services.names]
    # Of which service the soonest job is isn't known: with several, one look too many is made.
    start = max(soonest, min(health.free_at for health in used))
    if limits.calls_a_minute is not None and limits.one_service is not None:
        calls = count_calls(connection, now=now)
        if calls.total >= limits.calls_a_minute and calls.first is not None:
            start = max(start, calls.first + CALL_WINDOW)
    if any(health.is_down for health in used):
        start = min(start, connection.scalar(_FIRST_DEADLINE) or start)
    return start


def _calls_left(connection: Connection, limits: Limits, now: float) -> int:
    calls = count_calls(connection, now=now)
    prune_calls(connection, [calls.oldest], now=now)
    return (limits.calls_a_minute or 0) - calls.total


def _is_probed(connection: Connection, health: RelayHealth, now: float) -> bool:
    """Return whether a worker is probing a relay that is down."""
    if health.down_since is None:
        return False
    since = max(health.down_since, now - PROBE_TIMEOUT)
    probes = select(func.count()).where(state_is(jobs, "running"), jobs.c.started_at >= since)
    return bool(connection.scalar(probes))


def _fail_overdue(connection: Connection, limits: Limits, healths: Healths, now: float) -> None:
    """Fail jobs whose deadline passed while their service is down; they are delivered like other failures."""
    down = [name for name in limits.services.names if healths.get(name, RelayHealth()).is_down]
    if not down:
        return
    over = state_is(jobs, "waiting") & (jobs.c.deadline <= now)
    if limits.one_service is None:
        fail_overdue_comparisons(connection, limits, down, now=now)
        over &= ~is_comparison(jobs) & service_of(limits.services, jobs.c.model).in_(down)
    connection.execute(
        update(jobs).where(over).values(state="failed", problem=RelayDown.key, worker=None, lease=0.0)
    )
