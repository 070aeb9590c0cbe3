"""Whose turn it is.

Every request gets a number when it is accepted, its turn: one after its member's newest, but none before the
turn that is being served. The lowest turns come first, and the oldest request among equals: a member's first
before anyone's second, and nobody can be passed for ever. A number that never changes is what an index can
be in the order of, so a claim reads the few rows it takes, however many wait or are done.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, Select, and_, case, exists, func, literal, select, tuple_

from bot.store.tables import Jobs, jobs


def state_is(table: Jobs, state: str) -> ColumnElement[bool]:
    """Compare the state with a word in the statement itself: a parameter would hide the partial indexes."""
    return table.c.state == literal(state, literal_execute=True)


def entry(user_id: int, interaction_id: int) -> Select[bool, int, int, Any]:
    """Read what decides whether and where a member's new request stands in line.

    One row: ``known`` (accepted before), ``waiting`` in all, ``mine`` waiting, and its ``turn``.
    """
    waiting = select(func.count()).select_from(jobs).where(state_is(jobs, "waiting"))
    newest = select(func.max(jobs.c.turn)).where(jobs.c.user_id == user_id).scalar_subquery()
    served = select(func.max(jobs.c.turn)).where(jobs.c.attempts > literal(0, literal_execute=True))
    mine = func.coalesce(newest + 1, 0)
    now = func.coalesce(served.scalar_subquery(), 0)
    return select(
        exists().where(jobs.c.interaction_id == interaction_id).label("known"),
        waiting.scalar_subquery().label("waiting"),
        waiting.where(jobs.c.user_id == user_id).scalar_subquery().label("mine"),
        case((mine > now, mine), else_=now).label("turn"),
    )


def next_in_turn(capacity: int, member_running: int, now: float) -> Select[int]:
    """Select the ids of waiting jobs that fit beside the running ones, in ``capacity`` pictures."""
    running = select(func.coalesce(func.sum(_weight(jobs, capacity)), 0)).where(state_is(jobs, "running"))
    candidates = (
        select(jobs.c.id, jobs.c.turn, _weight(jobs, capacity).label("weight"))
        .where(_due(jobs, now), _members_load() + _members_earlier(now) < member_running)
        .order_by(jobs.c.turn, jobs.c.id)
        # No more than these can fit; in the statement itself, that it is planned for a few rows.
        .limit(literal(capacity, literal_execute=True))
        .cte("candidates")
    )
    order = (candidates.c.turn, candidates.c.id)
    load = func.sum(candidates.c.weight).over(order_by=order, rows=(None, 0))
    loads = select(candidates.c.id, load.label("load")).subquery("loads")
    return select(loads.c.id).where(loads.c.load + running.scalar_subquery() <= capacity)


def before(job_id: int, capacity: int, now: float) -> Select[int, int]:
    """Count the jobs, and their pictures, that come before a waiting one; no row when it doesn't wait."""
    earlier = jobs.alias("earlier")
    ahead = and_(_due(earlier, now), _place(earlier) < _place(jobs))
    return (
        select(func.count(earlier.c.id), func.coalesce(func.sum(_weight(earlier, capacity)), 0))
        .select_from(jobs.outerjoin(earlier, ahead))
        .where(jobs.c.id == job_id, _due(jobs, now))
        .group_by(jobs.c.id)
    )


def _members_load() -> ColumnElement[int]:
    theirs = jobs.alias("theirs")
    mine = select(func.count()).where(state_is(theirs, "running"), theirs.c.user_id == jobs.c.user_id)
    return mine.correlate(jobs).scalar_subquery()


def _members_earlier(now: float) -> ColumnElement[int]:
    earlier = jobs.alias("earlier")
    mine = select(func.count()).where(
        _due(earlier, now), earlier.c.user_id == jobs.c.user_id, _place(earlier) < _place(jobs)
    )
    return mine.correlate(jobs).scalar_subquery()


def _due(table: Jobs, now: float) -> ColumnElement[bool]:
    # Plus nothing: or SQLite would read all that is due by the index of times, and sort it.
    return state_is(table, "waiting") & (table.c.run_at + 0.0 <= now)


def _place(table: Jobs) -> Any:
    return tuple_(table.c.turn, table.c.id)


def _weight(table: Jobs, capacity: int) -> ColumnElement[int]:
    # A job with more pictures than may be drawn at once still gets its turn: alone.
    return case((table.c.amount > capacity, capacity), else_=table.c.amount)
