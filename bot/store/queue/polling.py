"""One look at the queue: what a worker may begin or deliver now, and when it should look again.

Mostly there is nothing to do, which a single statement tells without a lock or a write.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Integer, Row, and_, bindparam, case, func, or_, select, update

from bot.domain.models import Job
from bot.domain.relay_health import RelayHealth
from bot.store.db.tables import jobs, pool
from bot.store.queue import claims
from bot.store.queue.claims import ClaimRequest
from bot.store.queue.fair_queue import state_is
from bot.store.queue.leases.lease_recovery import IN_PROGRESS
from bot.store.queue.limits import Limits
from bot.store.queue.services.relay_state import HEALTH, is_paused, to_health


@dataclass(frozen=True, slots=True, kw_only=True)
class Work:
    """Jobs that a worker claimed, and when a waiting job may start as far as that depends on time."""

    to_run: Sequence[Job]
    to_deliver: Sequence[Job]
    next_run_at: float | None
    running: int
    """How many jobs the worker was running before; fewer than it knows of if some were cancelled."""
    down: bool = False
    """Whether a service is down."""


def poll(
    connection: Connection,
    limits: Limits,
    request: ClaimRequest,
    *,
    may_claim: bool,
    exclude: Collection[int],
    to_jobs: Callable[[Iterable[Row[Any]]], Sequence[Job]],
) -> Work:
    """Claim the next jobs if ``may_claim``, and outcomes to be delivered except for those of ``exclude``."""
    parameters = {**_undelivered_parameters(request), "enough": request.worker_capacity + 1}
    rows = connection.execute(_LOOK, parameters).all()
    seen, healths = rows[0], {row.service: to_health(row) for row in rows}
    used = [healths.get(service, RelayHealth()) for service in limits.services.names]
    paused = is_paused(healths)
    soonest, down = seen.soonest, not paused and any(health.is_down for health in used)
    to_run: Sequence[Row[Any]] = ()
    # While a service is down, its jobs past their deadline fail, whether they are due or not.
    if may_claim and not paused and (down or _may_claim_any(used, request, soonest)):
        to_run = claims.claim(connection, limits, request, healths)
        if to_run and seen.waiting == len(to_run):
            soonest = None
        elif to_run:
            soonest = claims.soonest_start(connection)
    # Jobs that fail while their service is down are to be delivered, too.
    undelivered = seen.undelivered or down
    to_deliver = _claim_undelivered(connection, request, exclude) if undelivered else ()
    return Work(
        to_run=to_jobs(to_run),
        to_deliver=to_jobs(to_deliver),
        next_run_at=claims.next_start_time(connection, limits, healths, soonest, now=request.now),
        running=seen.running,
        down=down,
    )


def _claim_undelivered(
    connection: Connection, request: ClaimRequest, exclude: Collection[int]
) -> Sequence[Row[Any]]:
    """Claim jobs whose outcome is to be delivered: postponed by this worker, or left by a lost one."""
    free = _UNDELIVERED & jobs.c.id.not_in(exclude) if exclude else _UNDELIVERED
    lost = case((_ABANDONED, jobs.c.lost + 1), else_=jobs.c.lost)
    values = {"worker": request.worker, "lease": request.lease, "lost": lost}
    claimed = update(jobs).where(free).values(**values).returning(*jobs.c)
    return connection.execute(claimed, _undelivered_parameters(request)).all()


def _may_claim_any(used: Sequence[RelayHealth], request: ClaimRequest, soonest: float | None) -> bool:
    due = soonest is not None and soonest <= request.now
    free = any(health.free_at <= request.now for health in used)
    return due and free and request.worker_load < request.worker_capacity


def _undelivered_parameters(request: ClaimRequest) -> dict[str, object]:
    return {
        "me": request.worker,
        "now": request.now,
        "abandoned_before": request.now - (request.lease - request.now),
    }


_ABANDONED = or_(
    jobs.c.lease < bindparam("now"),
    and_(jobs.c.lease.is_(None), jobs.c.run_at < bindparam("abandoned_before")),
)
_POSTPONED = and_(jobs.c.lease.is_(None), jobs.c.worker == bindparam("me"), jobs.c.run_at <= bindparam("now"))
_UNDELIVERED = and_(IN_PROGRESS, jobs.c.state.in_(("drawn", "failed")), or_(_ABANDONED, _POSTPONED))
_RUNNING = select(func.count()).where(state_is(jobs, "running"), jobs.c.worker == bindparam("me"))
_WAITING = select(jobs.c.id).where(state_is(jobs, "waiting")).limit(bindparam("enough", type_=Integer))
_LOOK = select(
    pool.c.service,
    *HEALTH,
    claims.SOONEST.scalar_subquery().label("soonest"),
    select(func.count()).select_from(_WAITING.subquery()).scalar_subquery().label("waiting"),
    _RUNNING.scalar_subquery().label("running"),
    select(jobs.c.id).where(_UNDELIVERED).exists().label("undelivered"),
).select_from(pool)
