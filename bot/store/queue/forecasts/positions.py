"""Positions of waiting jobs: what is due before each in its service, from counts rather than job by job."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache
from typing import Any

from sqlalchemy import (
    CTE,
    ColumnElement,
    Connection,
    Row,
    Select,
    Subquery,
    bindparam,
    case,
    func,
    literal,
    select,
    tuple_,
    union_all,
)

from bot.domain.image_models.services import Services
from bot.domain.models import Job, QueuedJob, Size
from bot.store.db.tables import ID_RANGE, jobs, pool, waiting_counts
from bot.store.queue.fair_queue import is_open_of, state_is
from bot.store.queue.services.relay_state import HEALTH, to_health
from bot.store.queue.services.service_sql import service_of

_SIZES: tuple[Size, ...] = ("1K", "2K", "4K")
_earlier = jobs.alias("earlier")
_Before = Callable[[CTE, ColumnElement[str], ColumnElement[bool]], ColumnElement[bool]]
"""Adds to a condition on the order that the model is drawn by the service of the job."""


def read_positions(
    connection: Connection, services: Services, job_ids: Sequence[int], *, now: float
) -> list[Row[Any]]:
    """Read what ``to_queued`` takes, and the ``id``, of those of the jobs that wait, oldest first."""
    statement = _of_jobs(services, connection.dialect.name)
    return list(connection.execute(statement, {"ids": job_ids, "now": now}).all())


def read_open_jobs(connection: Connection, services: Services, user_id: int, *, now: float) -> list[Row[Any]]:
    """Read a member's waiting and running jobs, oldest first, each row with what ``to_queued`` takes."""
    statement = _of_member(services, connection.dialect.name)
    return list(connection.execute(statement, {"member": user_id, "now": now}).all())


def to_queued(job: Job, row: Row[Any], run_at: float) -> QueuedJob:
    """Return a waiting job with the position in a row."""
    pictures: dict[Size, int] = {size: getattr(row, f"pictures_{size}") for size in _SIZES}
    health = to_health(row)
    return QueuedJob(
        job=job,
        ahead=row.ahead,
        pictures=pictures,
        run_at=run_at,
        # A comparison begins without a service that is down.
        down=health.is_down and not job.draft.compared,
        paused=health.paused,
    )


@cache
def _of_jobs(services: Services, dialect: str) -> Select[*tuple[Any, ...]]:
    ahead = _ahead(services, dialect, jobs.c.id.in_(bindparam("ids", expanding=True)))
    health = ahead.outerjoin(pool, pool.c.service == ahead.c.service)
    return select(*ahead.c, *HEALTH).select_from(health).order_by(ahead.c.id)


@cache
def _of_member(services: Services, dialect: str) -> Select[*tuple[Any, ...]]:
    theirs = jobs.c.user_id == bindparam("member")
    ahead = _ahead(services, dialect, theirs)
    counts = (
        func.coalesce(column, 0).label(column.name)
        for column in ahead.c
        if column.name not in ("id", "service")
    )
    health = jobs.outerjoin(ahead, ahead.c.id == jobs.c.id).outerjoin(pool, pool.c.service == ahead.c.service)
    return select(*jobs.c, *counts, *HEALTH).select_from(health).where(is_open_of(theirs)).order_by(jobs.c.id)


def _ahead(services: Services, dialect: str, which: ColumnElement[bool]) -> Subquery:
    """Count the due jobs before each waiting one of these, and their pictures by size; takes ``now``.

    Only those of the same service count.
    """
    first_id = jobs.c.id.bitwise_and(-ID_RANGE).label("first_id")
    service = service_of(services, jobs.c.model).label("service")
    job = select(jobs.c.id, jobs.c.turn, first_id, service).where(state_is(jobs, "waiting"), which).cte("job")

    def before(job: CTE, model: ColumnElement[str], order: ColumnElement[bool]) -> ColumnElement[bool]:
        # Where there is one service only, nothing is compared.
        return order & (service_of(services, model) == job.c.service) if len(services.names) > 1 else order

    parts = union_all(
        # Itself, so that a job with nothing before it has a row.
        select(
            job.c.id,
            job.c.service,
            literal("").label("size"),
            literal(0).label("jobs"),
            literal(0).label("pictures"),
        ),
        _in_earlier_ranges(job, before),
        _in_same_range(job, before, dialect),
        _not_due(job, before),
    ).subquery("parts")
    by_size = (
        func.sum(case((parts.c.size == size, parts.c.pictures), else_=0)).label(f"pictures_{size}")
        for size in _SIZES
    )
    counted = select(parts.c.id, parts.c.service, func.sum(parts.c.jobs).label("ahead"), *by_size)
    return counted.group_by(parts.c.id, parts.c.service).subquery("ahead")


def _in_earlier_ranges(job: CTE, before: _Before) -> Select[*tuple[Any, ...]]:
    counts = waiting_counts.c
    earlier = tuple_(counts.turn, counts.first_id) < tuple_(job.c.turn, job.c.first_id)
    found = select(job.c.id, job.c.service, counts.size, counts.jobs, counts.pictures)
    return found.join_from(job, waiting_counts, before(job, counts.model, earlier))


def _in_same_range(job: CTE, before: _Before, dialect: str) -> Select[*tuple[Any, ...]]:
    if dialect == "sqlite":
        # Of compared rows it uses the first columns only, and would read all jobs of the turn.
        ids = (_earlier.c.id >= job.c.first_id) & (_earlier.c.id < job.c.id)
        same = (_earlier.c.turn == job.c.turn) & ids
    else:
        # By columns PostgreSQL might read all waiting jobs to join them by turn.
        order = tuple_(_earlier.c.turn, _earlier.c.id)
        same = (order >= tuple_(job.c.turn, job.c.first_id)) & (order < tuple_(job.c.turn, job.c.id))
    found = select(job.c.id, job.c.service, _earlier.c.size, literal(1), _earlier.c.amount)
    return found.join_from(job, _earlier, state_is(_earlier, "waiting") & before(job, _earlier.c.model, same))


def _not_due(job: CTE, before: _Before) -> Select[*tuple[Any, ...]]:
    """Subtract the earlier jobs that wait for a later moment, which the others counted."""
    later = select(jobs.c.id, jobs.c.turn, jobs.c.size, jobs.c.amount, jobs.c.model)
    # Materialized, or SQLite would read all waiting jobs.
    late = later.where(state_is(jobs, "waiting"), jobs.c.run_at > bindparam("now")).cte("late")
    late = late.prefix_with("MATERIALIZED")
    earlier = tuple_(late.c.turn, late.c.id) < tuple_(job.c.turn, job.c.id)
    found = select(job.c.id, job.c.service, late.c.size, literal(-1), -late.c.amount)
    return found.join_from(job, late, before(job, late.c.model, earlier))
