"""Positions of waiting jobs: what is due before each, from counts rather than job by job."""

from __future__ import annotations

from collections.abc import Sequence
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

from bot.domain.models import Job, QueuedJob, Size
from bot.store.db.tables import ID_RANGE, jobs, pool, waiting_counts
from bot.store.queue.fair_queue import is_open_of, state_is
from bot.store.queue.relay_state import HEALTH, to_health

_SIZES: tuple[Size, ...] = ("1K", "2K", "4K")
_earlier = jobs.alias("earlier")


def read_positions(connection: Connection, job_ids: Sequence[int], *, now: float) -> list[Row[Any]]:
    """Read what ``to_queued`` takes, and the ``id``, of those of the jobs that wait, oldest first."""
    return list(connection.execute(_of_jobs(), {"ids": job_ids, "now": now}).all())


def read_open_jobs(connection: Connection, user_id: int, *, now: float) -> list[Row[Any]]:
    """Read a member's waiting and running jobs, oldest first, each row with what ``to_queued`` takes."""
    return list(connection.execute(_of_member(), {"member": user_id, "now": now}).all())


def to_queued(job: Job, row: Row[Any], run_at: float) -> QueuedJob:
    """Return a waiting job with the position in a row."""
    pictures: dict[Size, int] = {size: getattr(row, f"pictures_{size}") for size in _SIZES}
    return QueuedJob(job=job, ahead=row.ahead, pictures=pictures, run_at=run_at, down=to_health(row).is_down)


@cache
def _of_jobs() -> Select[*tuple[Any, ...]]:
    ahead = _ahead(jobs.c.id.in_(bindparam("ids", expanding=True)))
    return select(*ahead.c, *HEALTH).select_from(ahead.join(pool, literal(True))).order_by(ahead.c.id)


@cache
def _of_member() -> Select[*tuple[Any, ...]]:
    theirs = jobs.c.user_id == bindparam("member")
    ahead = _ahead(theirs)
    counts = (func.coalesce(column, 0).label(column.name) for column in ahead.c if column.name != "id")
    return (
        select(*jobs.c, *counts, *HEALTH)
        .select_from(jobs.outerjoin(ahead, ahead.c.id == jobs.c.id).join(pool, literal(True)))
        .where(is_open_of(theirs))
        .order_by(jobs.c.id)
    )


def _ahead(which: ColumnElement[bool]) -> Subquery:
    """Count the due jobs before each waiting one of these, and their pictures by size; takes ``now``."""
    first_id = jobs.c.id.bitwise_and(-ID_RANGE).label("first_id")
    job = select(jobs.c.id, jobs.c.turn, first_id).where(state_is(jobs, "waiting"), which).cte("job")
    parts = union_all(
        # Itself, so that a job with nothing before it has a row.
        select(job.c.id, literal("").label("size"), literal(0).label("jobs"), literal(0).label("pictures")),
        _in_earlier_ranges(job),
        _in_same_range(job),
        _not_due(job),
    ).subquery("parts")
    by_size = (
        func.sum(case((parts.c.size == size, parts.c.pictures), else_=0)).label(f"pictures_{size}")
        for size in _SIZES
    )
    counted = select(parts.c.id, func.sum(parts.c.jobs).label("ahead"), *by_size)
    return counted.group_by(parts.c.id).subquery("ahead")


def _in_earlier_ranges(job: CTE) -> Select[*tuple[Any, ...]]:
    counts = waiting_counts.c
    earlier = tuple_(counts.turn, counts.first_id) < tuple_(job.c.turn, job.c.first_id)
    return select(job.c.id, counts.size, counts.jobs, counts.pictures).join_from(job, waiting_counts, earlier)


def _in_same_range(job: CTE) -> Select[*tuple[Any, ...]]:
    # Compared as rows, or PostgreSQL might read all waiting jobs to join them by turn.
    order = tuple_(_earlier.c.turn, _earlier.c.id)
    same = (order >= tuple_(job.c.turn, job.c.first_id)) & (order < tuple_(job.c.turn, job.c.id))
    return select(job.c.id, _earlier.c.size, literal(1), _earlier.c.amount).join_from(
        job, _earlier, state_is(_earlier, "waiting") & same
    )


def _not_due(job: CTE) -> Select[*tuple[Any, ...]]:
    """Subtract the earlier jobs that wait for a later moment, which the others counted."""
    later = select(jobs.c.id, jobs.c.turn, jobs.c.size, jobs.c.amount)
    # Materialized, or SQLite would read all waiting jobs.
    late = later.where(state_is(jobs, "waiting"), jobs.c.run_at > bindparam("now")).cte("late")
    late = late.prefix_with("MATERIALIZED")
    before = tuple_(late.c.turn, late.c.id) < tuple_(job.c.turn, job.c.id)
    return select(job.c.id, late.c.size, literal(-1), -late.c.amount).join_from(job, late, before)
