"""Counters of a UTC day's pictures: of each member, of each server, and in all.

The operator's daily limits need them: unlike a member's quota, the pictures of a server or of everyone
can't be summed over the jobs at each admission. A job's pictures are counted when it is accepted, each by
the weight of its model. Once it is closed, those that were neither drawn nor charged are given back.

Counters change under the lock "accept" only: exactly as many pictures are accepted as the limits allow, and
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

from bot.domain.daily_limits import DailyLimits, utc_day
from bot.domain.models import DailyScope, Requester
from bot.store.db.tables import daily_counters, jobs

_EVERYONE = 0
"""The id of the only counter of the scope ``total``."""


def reserve(
    connection: Connection, limits: DailyLimits, requester: Requester, *, count: int, weight: int, now: float
) -> None:
    """Count the pictures of a job that is accepted by weight; raise ``RuleBroken`` if they exceed a limit."""
    ids = _ids(requester.user_id, requester.guild_id)
    statement = _reserve_statement(connection.dialect.name, tuple(ids))
    units = count * weight
    parameters = {"day": utc_day(now), "count": units, **{f"id_of_{scope}": ids[scope] for scope in ids}}
    before = {row.scope: row.pictures - units for row in connection.execute(statement, parameters)}
    # The transaction that raises is rolled back, and its count with it.
    limits.check(before, count, now, weight=weight)


@cache
def _reserve_statement(dialect: str, scopes: Sequence[DailyScope]) -> Executable:
    """Count pictures in each scope, and return the counts; takes ``day``, ``count`` and the ids by scope."""
    if dialect == "postgresql":
        from sqlalchemy.dialects.postgresql import insert
    else:
        from sqlalchemy.dialects.sqlite import insert
    # From a selection: a statement with several rows of values would be compiled each time.
    rows = (
        select(
            literal_column(f"'{scope}'", String),
            bindparam(f"id_of_{scope}", type_=BigInteger),
            bindparam("day", type_=Integer),
            bindparam("count", type_=Integer),
        ).where(true())
        for scope in scopes
    )
    new = insert(daily_counters).from_select(["scope", "id", "day", "pictures"], union_all(*rows))
    return new.on_conflict_do_update(
        index_elements=["scope", "id", "day"],
        set_={"pictures": daily_counters.c.pictures + new.excluded.pictures},
    ).returning(daily_counters.c.scope, daily_counters.c.pictures)


def settle(connection: Connection, closed: Row[Any]) -> None:
    """Give back the pictures of a closed job that were neither drawn nor charged."""
    unused = closed.amount - len(closed.pictures) - closed.charged
    beyond = sum(one["weight"] - 1 for one in closed.compared) - closed.surplus
    give_back(connection, closed, unused * closed.weight + beyond)


def settle_deleted(connection: Connection, job_ids: Collection[int]) -> None:
    """Give back the unused pictures of open jobs that are about to be deleted; of running ones none."""
    open_ = jobs.c.state.in_(("waiting", "drawn", "failed"))
    for job in connection.execute(select(jobs).where(jobs.c.id.in_(job_ids), open_).with_for_update()).all():
        settle(connection, job)


def give_back(connection: Connection, job: Row[Any], count: int) -> None:
    """Take ``count`` pictures off the counters of a job's member, server and day."""
    if count <= 0:
        return
    left = daily_counters.c.pictures - count
    day = daily_counters.c.day == utc_day(job.created_at)
    counters = update(daily_counters).where(day, _is_one_of(_ids(job.user_id, job.guild_id)))
    # A job of before the counters existed was never counted.
    connection.execute(counters.values(pictures=case((left > 0, left), else_=0)))


def read_used(
    connection: Connection, *, user_id: int, guild_id: int | None, now: float
) -> dict[DailyScope, int]:
    """Return the pictures of today that count for a member, their server, and in all."""
    ids = _ids(user_id, guild_id)
    today = and_(daily_counters.c.day == utc_day(now), _is_one_of(ids))
    found = connection.execute(select(daily_counters.c.scope, daily_counters.c.pictures).where(today))
    return dict.fromkeys(ids, 0) | {row.scope: row.pictures for row in found}


def delete_before_today(connection: Connection, now: float) -> None:
    """Delete the counters of earlier days."""
    connection.execute(delete(daily_counters).where(daily_counters.c.day < utc_day(now)))


def _ids(user_id: int, guild_id: int | None) -> dict[DailyScope, int]:
    """Return the counters that a job belongs to."""
    server: dict[DailyScope, int] = {} if guild_id is None else {"server": guild_id}
    return {"member": user_id, **server, "total": _EVERYONE}


def _is_one_of(ids: dict[DailyScope, int]) -> ColumnElement[bool]:
    scope, id_ = daily_counters.c.scope, daily_counters.c.id
    return or_(*((scope == name) & (id_ == number) for name, number in ids.items()))
