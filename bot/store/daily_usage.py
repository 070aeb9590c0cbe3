"""Counters of a UTC day's pictures and costs: of each member, of each server, and in all.

The operator's daily limits need them: unlike a member's quota, the pictures of a server or of everyone
can't be summed over the jobs at each admission. A job's pictures are counted when it is accepted, each by
the weight of its model. Once it is closed, those that were neither drawn nor charged are given back.

Its costs are counted when it is accepted as well, as if each picture were drawn once, and what goes beyond
that in the moment before it is spent. A job's ``counted_cost`` is what the counters hold of it: never less
than its cost, and as much once it is closed. A job counts on the day on which it was accepted, or retried by
the operator.

Counters change under the lock "accept" only: exactly as much is accepted as the limits allow, and
transactions can't block each other by updating the same counters in different order.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from functools import cache
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Connection,
    Executable,
    Integer,
    Row,
    String,
    and_,
    bindparam,
    case,
    delete,
    literal_column,
    or_,
    select,
    true,
    union_all,
    update,
)

from bot.domain.daily_limits import DailyLimits, Demand, utc_day, utc_day_start
from bot.domain.models import DailyCount, DailyScope, DailyUsage, Requester
from bot.store.controls.own_limits import with_own_limits
from bot.store.db.inserts import insert_into
from bot.store.db.tables import daily_counters, jobs, limit_notices

_EVERYONE = 0
"""The id of the only counter of the scope ``total``."""


def reserve(
    connection: Connection, limits: DailyLimits, requester: Requester, demand: Demand, *, now: float
) -> None:
    """Count what a job that is accepted asks for; raise ``RuleBroken`` if it exceeds a limit."""
    after = _count(connection, requester.user_id, requester.guild_id, demand, now)
    before: dict[DailyScope, DailyCount] = {
        scope: DailyCount(pictures=count.pictures - demand.units, cost=count.cost - demand.cost)
        for scope, count in after.items()
    }
    # The transaction that raises is rolled back, and its count with it.
    limits.check(before, demand, now)


def reserve_cost(connection: Connection, limits: DailyLimits, job: Row[Any], cost: int) -> None:
    """Count what an open job may cost beyond what was counted; raise ``RuleBroken`` and count nothing."""
    limits = with_own_limits(connection, limits, user_id=job.user_id, guild_id=job.guild_id)
    demand, now = Demand(cost=cost), _counted_at(job)
    used = read_used(connection, user_id=job.user_id, guild_id=job.guild_id, now=now)
    limits.check(used, demand, now)
    _count(connection, job.user_id, job.guild_id, demand, now)


def _count(
    connection: Connection, user_id: int, guild_id: int | None, demand: Demand, now: float
) -> dict[DailyScope, DailyCount]:
    """Add a demand to the counters, and return them."""
    ids = _ids(user_id, guild_id)
    parameters = {
        "day": utc_day(now),
        "count": demand.units,
        "cost": demand.cost,
        **{f"id_of_{scope}": ids[scope] for scope in ids},
    }
    rows = connection.execute(_reserve_statement(connection.dialect.name, tuple(ids)), parameters)
    return {row.scope: DailyCount(pictures=row.pictures, cost=row.cost) for row in rows}


@cache
def _reserve_statement(dialect: str, scopes: Sequence[DailyScope]) -> Executable:
    """Add ``count`` and ``cost`` in each scope, and return the counters; takes also ``day`` and the ids."""
    # From a selection: a statement with several rows of values would be compiled each time.
    rows = (
        select(
            literal_column(f"'{scope}'", String),
            bindparam(f"id_of_{scope}", type_=BigInteger),
            bindparam("day", type_=Integer),
            bindparam("count", type_=Integer),
            bindparam("cost", type_=BigInteger),
        ).where(true())
        for scope in scopes
    )
    new = insert_into(daily_counters, dialect).from_select(
        ["scope", "id", "day", "pictures", "cost"], union_all(*rows)
    )
    return new.on_conflict_do_update(
        index_elements=["scope", "id", "day"],
        set_={name: daily_counters.c[name] + new.excluded[name] for name in ("pictures", "cost")},
    ).returning(daily_counters.c.scope, daily_counters.c.pictures, daily_counters.c.cost)


def settle(connection: Connection, closed: Row[Any]) -> None:
    """Give back what a closed job neither drew nor was charged, and what it didn't cost."""
    unused = closed.amount - len(closed.pictures) - closed.charged
    beyond = sum(one["weight"] - 1 for one in closed.compared) - closed.surplus
    give_back(connection, closed, pictures=unused * closed.weight + beyond)
    settle_cost(connection, closed)


def settle_cost(connection: Connection, closed: Row[Any]) -> None:
    """Give back what a job didn't cost, which is nothing if it was settled before."""
    if closed.counted_cost == closed.cost:
        return
    give_back(connection, closed, cost=closed.counted_cost - closed.cost)
    settled = update(jobs).where(jobs.c.id == closed.id)
    connection.execute(settled.values(counted_cost=jobs.c.cost))


def settle_deleted(connection: Connection, job_ids: Collection[int]) -> None:
    """Give back what open jobs that are about to be deleted don't use; of running ones what isn't spent."""
    open_ = jobs.c.state.in_(("waiting", "running", "drawn", "failed"))
    for job in connection.execute(select(jobs).where(jobs.c.id.in_(job_ids), open_).with_for_update()).all():
        if job.state == "running":
            settle_cost(connection, job)
        else:
            settle(connection, job)


def give_back(connection: Connection, job: Row[Any], *, pictures: int = 0, cost: int = 0) -> None:
    """Take pictures and costs off the counters of a job's member, server and day."""
    pictures = max(0, pictures)
    if not pictures and not cost:
        return
    day = daily_counters.c.day == utc_day(_counted_at(job))
    counters = update(daily_counters).where(day, _is_one_of(_ids(job.user_id, job.guild_id)))
    left = {"pictures": daily_counters.c.pictures - pictures, "cost": daily_counters.c.cost - cost}
    # A job of before the counters existed was never counted.
    connection.execute(
        counters.values({name: case((value > 0, value), else_=0) for name, value in left.items()})
    )


def _counted_at(job: Row[Any]) -> float:
    """Return a moment of the day on which a job counts."""
    return job.created_at if job.counted_day is None else utc_day_start(job.counted_day)


def read_used(
    connection: Connection, *, user_id: int, guild_id: int | None, now: float
) -> dict[DailyScope, DailyCount]:
    """Return what counts today for a member, their server, and in all."""
    ids = _ids(user_id, guild_id)
    today = and_(daily_counters.c.day == utc_day(now), _is_one_of(ids))
    found = connection.execute(select(daily_counters).where(today))
    counted = {row.scope: DailyCount(pictures=row.pictures, cost=row.cost) for row in found}
    return dict.fromkeys(ids, DailyCount()) | counted


def read_usage(
    connection: Connection, limits: DailyLimits, *, user_id: int, guild_id: int | None, now: float
) -> tuple[DailyUsage, ...]:
    """Return how much of the limits is used that apply to a member in a server."""
    limits = with_own_limits(connection, limits, user_id=user_id, guild_id=guild_id)
    return limits.usage(read_used(connection, user_id=user_id, guild_id=guild_id, now=now), now)


def delete_before_today(connection: Connection, now: float) -> None:
    """Delete the counters of earlier days, and what the operator was told of them."""
    for table in (daily_counters, limit_notices):
        connection.execute(delete(table).where(table.c.day < utc_day(now)))


def _ids(user_id: int, guild_id: int | None) -> dict[DailyScope, int]:
    """Return the counters that a job belongs to."""
    server: dict[DailyScope, int] = {} if guild_id is None else {"server": guild_id}
    return {"member": user_id, **server, "total": _EVERYONE}


def _is_one_of(ids: dict[DailyScope, int]) -> ColumnElement[bool]:
    scope, id_ = daily_counters.c.scope, daily_counters.c.id
    return or_(*((scope == name) & (id_ == number) for name, number in ids.items()))
