"""Fair ordering of the queue.

Every job gets a turn number when it is accepted: one more than its member's newest, but not below the turn
that is being served. The lowest turn comes first, and the oldest job among equals: everyone's first job
before anyone's second. As the number never changes, an index can have this order, and a claim reads only the
few rows it takes, however many jobs wait or are done.

Relaxed jobs have turns of their own, from ``RELAXED_LANE`` on, so that they come after all others.

The statements are built once and take parameters: building one costs more than running it.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from functools import cache
from typing import Any

from sqlalchemy import (
    CTE,
    BigInteger,
    ColumnElement,
    CompoundSelect,
    Integer,
    Select,
    String,
    and_,
    bindparam,
    case,
    exists,
    func,
    literal_column,
    null,
    select,
    tuple_,
    union_all,
    update,
)
from sqlalchemy.sql.dml import ReturningUpdate

from bot.store.db.tables import Jobs, jobs, waiting_counts
from bot.store.queue.leases.lease_recovery import IN_PROGRESS
from bot.store.queue.services import comparison_sql

_earlier = jobs.alias("earlier")
_same_member = jobs.alias("same_member")
_SLOTS = bindparam("slots", type_=Integer)
_MAX_ABREAST = bindparam("max_abreast", type_=Integer)


RELAXED_LANE = 1 << 40
"""The first turn of the relaxed lane."""


def state_is(table: Jobs, state: str) -> ColumnElement[bool]:
    """Compare the state with a literal: partial indexes aren't used with a parameter."""
    # Not a parameter that is rendered literally: it would be rendered anew at each execution.
    return table.c.state == literal_column(f"'{state}'")


def is_open_of(member: ColumnElement[bool]) -> ColumnElement[bool]:
    """Select a member's waiting and running jobs, by indexes that have no others."""
    open_ = (select(jobs.c.id).where(state_is(jobs, state), member) for state in ("waiting", "running"))
    return jobs.c.id.in_(union_all(*open_))


def open_ids_query(among: Collection[int] | None) -> Select[int] | CompoundSelect[int]:
    """Select the ids of the jobs that aren't done or cancelled, ``among`` these or of all."""
    if among is not None:
        return select(jobs.c.id).where(jobs.c.id.in_(among), jobs.c.state.not_in(("done", "cancelled")))
    open_ = (state_is(jobs, "waiting"), IN_PROGRESS)
    return union_all(*(select(jobs.c.id).where(each) for each in open_))


def admission_query() -> Select[bool, int, int, int, int]:
    """Select what decides whether and with which turn a new job is admitted.

    Takes ``member`` and ``interaction``. One row: ``known`` (accepted before), ``waiting`` (jobs in all),
    ``mine`` (the member's waiting jobs), and its ``turn``, or the ``relaxed_turn`` in the relaxed lane.
    """
    member = jobs.c.user_id == bindparam("member")
    waiting = select(func.coalesce(func.sum(waiting_counts.c.jobs), 0))
    mine = select(func.count()).where(state_is(jobs, "waiting"), member)
    first = literal_column(str(RELAXED_LANE), BigInteger)
    return select(
        exists().where(jobs.c.interaction_id == bindparam("interaction")).label("known"),
        waiting.scalar_subquery().label("waiting"),
        mine.scalar_subquery().label("mine"),
        _turn(jobs.c.turn < first, 0).label("turn"),
        _turn(jobs.c.turn >= first, RELAXED_LANE).label("relaxed_turn"),
    )


def _turn(lane: ColumnElement[bool], first: int) -> ColumnElement[int]:
    """Return the turn of a member's new job in a lane: after their newest, not below the one served."""
    member = jobs.c.user_id == bindparam("member")
    newest = select(func.max(jobs.c.turn)).where(member, lane).scalar_subquery()
    served = select(func.max(jobs.c.turn)).where(jobs.c.attempts > literal_column("0"), lane)
    mine = func.coalesce(newest + 1, first)
    now = func.coalesce(served.scalar_subquery(), first)
    return case((mine > now, mine), else_=now)


@cache
def candidates_statement(most: int, member_running: int, *, listed: bool) -> Select[*tuple[Any, ...]]:
    """Select the next due jobs, at most ``most``, of some models; takes ``now`` and ``models``.

    These are the models to take jobs of if they are ``listed``, else those to pass over. Takes also what
    ``comparison_sql.may_begin`` does.
    """
    return (
        select(jobs.c.id, jobs.c.model, jobs.c.amount, jobs.c.compared, jobs.c.facts)
        .where(*_may_begin(member_running, lambda table: _is_of_models(table, listed=listed)))
        .order_by(jobs.c.turn, jobs.c.id)
        .limit(literal_column(str(most), Integer))
    )


@cache
def begin_statement() -> ReturningUpdate[*tuple[Any, ...]]:
    """Begin the waiting jobs ``ids``, with up to ``max_abreast`` pictures at the same time.

    Takes also ``worker``, ``lease`` and ``now``, and what a comparison is to ``reserve``. Returns full rows.
    """
    chosen = jobs.c.id.in_(bindparam("ids", expanding=True))
    return _begin(chosen, bindparam("reserve", type_=jobs.c.reserved.type))


@cache
def claim_statement(
    most: int, member_running: int, *, metered: bool = False
) -> ReturningUpdate[*tuple[Any, ...]]:
    """Claim the next jobs that fit beside the running ones, at most ``most``.

    Takes ``worker``, ``lease`` (when it ends), ``now``, ``slots`` (concurrent pictures of all workers),
    ``free`` (pictures that this worker may begin) and ``max_abreast`` (concurrent pictures of one job); if
    ``metered``, also ``calls`` (relay calls that may be begun). Returns full rows.
    """
    return _begin(jobs.c.id.in_(_next_ids(most, member_running, metered=metered)), null())


def _begin(chosen: ColumnElement[bool], reserved: ColumnElement[Any]) -> ReturningUpdate[*tuple[Any, ...]]:
    return (
        update(jobs)
        # Check the state again: a job may be cancelled between its choice and the update.
        .where(chosen, state_is(jobs, "waiting"))
        .values(
            state="running",
            worker=bindparam("worker"),
            lease=bindparam("lease"),
            started_at=bindparam("now"),
            attempts=jobs.c.attempts + 1,
            abreast=_abreast(jobs),
            calls_left=jobs.c.amount,
            reserved=reserved,
        )
        .returning(*jobs.c)
    )


def _next_ids(most: int, member_running: int, *, metered: bool) -> Select[int]:
    running = select(func.coalesce(func.sum(jobs.c.abreast), 0)).where(state_is(jobs, "running"))
    candidates = (
        select(jobs.c.id, jobs.c.turn, jobs.c.amount, _abreast(jobs).label("abreast"))
        .where(*_may_begin(member_running, _due))
        .order_by(jobs.c.turn, jobs.c.id)
        # More can't fit; as a literal, so that the statement is planned for few rows.
        .limit(literal_column(str(most), Integer))
        .cte("candidates")
    )
    loads = select(
        candidates.c.id,
        _running_total(candidates, candidates.c.abreast).label("load"),
        _running_total(candidates, candidates.c.amount).label("calls"),
    ).subquery("loads")
    fits = and_(
        loads.c.load + running.scalar_subquery() <= _SLOTS,
        loads.c.load <= bindparam("free", type_=Integer),
    )
    if metered:
        fits &= loads.c.calls <= bindparam("calls", type_=Integer)
    return select(loads.c.id).where(fits)


def _is_of_models(table: Jobs, *, listed: bool) -> ColumnElement[bool]:
    model, named = func.coalesce(table.c.model, ""), bindparam("models", type_=String, expanding=True)
    open_ = model.in_(named) if listed else model.not_in(named)
    plain = ~comparison_sql.is_comparison(table)
    return _due(table) & ((plain & open_) | comparison_sql.may_begin(table))


def _may_begin(
    member_running: int, eligible: Callable[[Jobs], ColumnElement[bool]]
) -> tuple[ColumnElement[bool], ...]:
    """Select the eligible jobs that their members' limit allows to begin, if the earlier ones begin, too."""
    return (
        eligible(jobs),
        # Cheaper than the next condition, which alone would do, for those that are passed over.
        jobs.c.user_id.not_in(_members_at_limit(member_running)),
        _running_of_member() + _earlier_of_member(eligible) < member_running,
    )


def _running_total(candidates: CTE, column: ColumnElement[int]) -> ColumnElement[int]:
    return func.sum(column).over(order_by=(candidates.c.turn, candidates.c.id), rows=(None, 0))


def _members_at_limit(member_running: int) -> Select[int]:
    running = select(_same_member.c.user_id).where(state_is(_same_member, "running"))
    return running.group_by(_same_member.c.user_id).having(func.count() >= member_running)


def _running_of_member() -> ColumnElement[int]:
    mine = select(func.count()).where(
        state_is(_same_member, "running"), _same_member.c.user_id == jobs.c.user_id
    )
    return mine.correlate(jobs).scalar_subquery()


def _earlier_of_member(eligible: Callable[[Jobs], ColumnElement[bool]]) -> ColumnElement[int]:
    mine = select(func.count()).where(
        eligible(_earlier), _earlier.c.user_id == jobs.c.user_id, _order_key(_earlier) < _order_key(jobs)
    )
    return mine.correlate(jobs).scalar_subquery()


def _due(table: Jobs) -> ColumnElement[bool]:
    # "+ 0.0" keeps SQLite from using the index on run_at, which would read and sort all due jobs.
    return state_is(table, "waiting") & (table.c.run_at + 0.0 <= bindparam("now"))


def _order_key(table: Jobs) -> Any:
    return tuple_(table.c.turn, table.c.id)


def _abreast(table: Jobs) -> ColumnElement[int]:
    # A job with more pictures than that generates them in several rounds.
    return case((table.c.amount > _MAX_ABREAST, _MAX_ABREAST), else_=table.c.amount)
