"""Whose turn it is.

Every request gets a number when it is accepted, its turn: one after its member's newest, but none before the
turn that is being served. The lowest turns come first, and the oldest request among equals: a member's first
before anyone's second. A number that never changes is what an index can be in the order of, so a claim reads
the few rows it takes, however many wait or are done.

Relaxed requests have turns of their own, from ``RELAXED`` on, so that they come after everyone else's.

The statements are made once and take parameters: making one costs more than running it.
"""

from __future__ import annotations

from functools import cache
from typing import Any

from sqlalchemy import (
    CTE,
    ColumnElement,
    Integer,
    Select,
    and_,
    bindparam,
    case,
    exists,
    func,
    literal,
    select,
    tuple_,
    update,
)
from sqlalchemy.sql.dml import ReturningUpdate

from bot.domain.models import Size
from bot.store.db.tables import Jobs, jobs

_earlier = jobs.alias("earlier")
_theirs = jobs.alias("theirs")
_PLACES = bindparam("places", type_=Integer)
_ABREAST = bindparam("abreast_most", type_=Integer)


RELAXED = 1 << 40
"""The first turn of the relaxed lane."""


def state_is(table: Jobs, state: str) -> ColumnElement[bool]:
    """Compare the state with a word in the statement itself: a parameter would hide the partial indexes."""
    return table.c.state == literal(state, literal_execute=True)


@cache
def entry() -> Select[bool, int, int, int, int]:
    """Read what decides whether and where a new request stands in line.

    Takes ``member`` and ``interaction``. One row: ``known`` (accepted before), ``waiting`` in all, ``mine``
    waiting, and its ``turn``, or the ``relaxed_turn`` that it would have in that lane.
    """
    member = jobs.c.user_id == bindparam("member")
    waiting = select(func.count()).select_from(jobs).where(state_is(jobs, "waiting"))
    first = literal(RELAXED, literal_execute=True)
    return select(
        exists().where(jobs.c.interaction_id == bindparam("interaction")).label("known"),
        waiting.scalar_subquery().label("waiting"),
        waiting.where(member).scalar_subquery().label("mine"),
        _turn(jobs.c.turn < first, 0).label("turn"),
        _turn(jobs.c.turn >= first, RELAXED).label("relaxed_turn"),
    )


def _turn(lane: ColumnElement[bool], first: int) -> ColumnElement[int]:
    """The turn of a member's new request in a lane: after their newest, and none that was served."""
    member = jobs.c.user_id == bindparam("member")
    newest = select(func.max(jobs.c.turn)).where(member, lane).scalar_subquery()
    served = select(func.max(jobs.c.turn)).where(jobs.c.attempts > literal(0, literal_execute=True), lane)
    mine = func.coalesce(newest + 1, first)
    now = func.coalesce(served.scalar_subquery(), first)
    return case((mine > now, mine), else_=now)


@cache
def claim(most: int, member_running: int, *, metered: bool = False) -> ReturningUpdate[*tuple[Any, ...]]:
    """Take the jobs whose turn it is and that fit beside the running ones, ``most`` of them at once.

    Takes ``by`` (the worker), ``until`` (its lease), ``now``, ``places`` (pictures drawn at once by all
    workers), ``room`` (pictures that this one may begin) and ``abreast_most`` (those of one job at once); a
    ``metered`` one also ``calls`` (pictures that may be begun). Returns whole rows.
    """
    return (
        update(jobs)
        # The state once more: a job may be cancelled between the reading and the taking.
        .where(jobs.c.id.in_(_next(most, member_running, metered=metered)), state_is(jobs, "waiting"))
        .values(
            state="running",
            worker=bindparam("by"),
            lease=bindparam("until"),
            started_at=bindparam("now"),
            attempts=jobs.c.attempts + 1,
            abreast=_weight(jobs),
        )
        .returning(*jobs.c)
    )


BEFORE: tuple[Size, ...] = ("1K", "2K", "4K")
"""The sizes of the pictures that ``before`` counts, in its order."""


@cache
def before() -> Select[*tuple[Any, ...]]:
    """Count the jobs that come before a waiting one, and their pictures by size; no row when it doesn't wait.

    Takes ``job`` and ``now``. The first column is when the job itself may run.
    """
    ahead = and_(_due(_earlier), _place(_earlier) < _place(jobs))
    pictures = (case((_earlier.c.size == size, _earlier.c.amount), else_=0) for size in BEFORE)
    return (
        select(
            jobs.c.run_at,
            func.count(_earlier.c.id),
            *(func.coalesce(func.sum(each), 0) for each in pictures),
        )
        .select_from(jobs.outerjoin(_earlier, ahead))
        .where(jobs.c.id == bindparam("job"), state_is(jobs, "waiting"))
        .group_by(jobs.c.id)
    )


def _next(most: int, member_running: int, *, metered: bool) -> Select[int]:
    running = select(func.coalesce(func.sum(jobs.c.abreast), 0)).where(state_is(jobs, "running"))
    candidates = (
        select(jobs.c.id, jobs.c.turn, jobs.c.amount, _weight(jobs).label("weight"))
        .where(_due(jobs), _members_running() + _members_earlier() < member_running)
        .order_by(jobs.c.turn, jobs.c.id)
        # No more than these can fit; in the statement itself, that it is planned for a few rows.
        .limit(literal(most, literal_execute=True))
        .cte("candidates")
    )
    loads = select(
        candidates.c.id,
        _so_far(candidates, candidates.c.weight).label("load"),
        _so_far(candidates, candidates.c.amount).label("calls"),
    ).subquery("loads")
    fits = and_(
        loads.c.load + running.scalar_subquery() <= _PLACES,
        loads.c.load <= bindparam("room", type_=Integer),
    )
    if metered:
        fits &= loads.c.calls <= bindparam("calls", type_=Integer)
    return select(loads.c.id).where(fits)


def _so_far(candidates: CTE, what: ColumnElement[int]) -> ColumnElement[int]:
    return func.sum(what).over(order_by=(candidates.c.turn, candidates.c.id), rows=(None, 0))


def _members_running() -> ColumnElement[int]:
    mine = select(func.count()).where(state_is(_theirs, "running"), _theirs.c.user_id == jobs.c.user_id)
    return mine.correlate(jobs).scalar_subquery()


def _members_earlier() -> ColumnElement[int]:
    mine = select(func.count()).where(
        _due(_earlier), _earlier.c.user_id == jobs.c.user_id, _place(_earlier) < _place(jobs)
    )
    return mine.correlate(jobs).scalar_subquery()


def _due(table: Jobs) -> ColumnElement[bool]:
    # Plus nothing: or SQLite would read all that is due by the index of times, and sort it.
    return state_is(table, "waiting") & (table.c.run_at + 0.0 <= bindparam("now"))


def _place(table: Jobs) -> Any:
    return tuple_(table.c.turn, table.c.id)


def _weight(table: Jobs) -> ColumnElement[int]:
    # A job with more pictures than may be drawn at once still gets its turn: alone, one after the other.
    return case((table.c.amount > _ABREAST, _ABREAST), else_=table.c.amount)
