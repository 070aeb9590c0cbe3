"""Claiming jobs, as many as the relay's health, its capacity and the calls a minute allow.

Claims are serialized over all processes, so what a claim reads holds until it is committed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Row, func, select, update

from bot.domain.errors import RelayDown
from bot.domain.relay_health import RelayHealth
from bot.store.db.tables import jobs
from bot.store.queue import fair_queue
from bot.store.queue.call_rate import CALL_WINDOW, count_calls, prune_calls
from bot.store.queue.fair_queue import state_is
from bot.store.queue.limits import Limits
from bot.store.queue.relay_state import lock_for_claim

_PROBE_TIMEOUT = 60.0
"""Seconds after which a probe of a relay that is down may be followed by another."""
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
    connection: Connection, limits: Limits, request: ClaimRequest, health: RelayHealth | None = None
) -> Sequence[Row[Any]]:
    """Claim the next jobs, as many as may begin; ``health`` is that of the relay in this transaction."""
    health = lock_for_claim(connection, health)
    if health.is_down:
        _fail_overdue(connection, request.now)
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


def soonest_start(connection: Connection) -> float | None:
    """Return when the first waiting job is due; None if none waits."""
    return connection.scalar(SOONEST)


def next_start_time(
    connection: Connection, limits: Limits, health: RelayHealth, soonest: float | None, *, now: float
) -> float | None:
    """Return when a waiting job may start, as far as that depends on time; one is due ``soonest``."""
    if soonest is None:
        return None
    start = max(soonest, health.free_at)
    if limits.calls_a_minute is not None:
        calls = count_calls(connection, now=now)
        if calls.total >= limits.calls_a_minute and calls.first is not None:
            start = max(start, calls.first + CALL_WINDOW)
    if health.is_down:
        start = min(start, connection.scalar(_FIRST_DEADLINE) or start)
    return start


def _calls_left(connection: Connection, limits: Limits, now: float) -> int:
    calls = count_calls(connection, now=now)
    if calls.oldest is not None and now - calls.oldest > 2 * CALL_WINDOW:
        # Only now and then, as it takes as long as a claim.
        prune_calls(connection, now=now)
    return (limits.calls_a_minute or 0) - calls.total


def _is_probed(connection: Connection, health: RelayHealth, now: float) -> bool:
    """Return whether a worker is probing a relay that is down."""
    if health.down_since is None:
        return False
    since = max(health.down_since, now - _PROBE_TIMEOUT)
    probes = select(func.count()).where(state_is(jobs, "running"), jobs.c.started_at >= since)
    return bool(connection.scalar(probes))


def _fail_overdue(connection: Connection, now: float) -> None:
    """Fail jobs whose deadline passed while the relay is down; they are delivered like other failures."""
    over = state_is(jobs, "waiting") & (jobs.c.deadline <= now)
    connection.execute(
        update(jobs).where(over).values(state="failed", problem=RelayDown.key, worker=None, lease=0.0)
    )
