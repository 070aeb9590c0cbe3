"""Moves waiting jobs to another model while the service of their own is down.

Each moves forward along the models that were allowed when it was accepted, and never back. A service that is
due for a probe keeps its jobs: one of them is the probe.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from sqlalchemy import Connection, Row, bindparam, case, func, select, update

from bot.domain.errors import RuleBroken
from bot.domain.image_models.costs import picture_cost
from bot.domain.image_models.fallbacks import FELL_BACK
from bot.domain.requests.asked import ASKED_MODEL, ASKED_RATIO, ASKED_SIZE
from bot.store import daily_usage
from bot.store.db import postgres
from bot.store.db.notifications import notify
from bot.store.db.tables import jobs
from bot.store.queue.fair_queue import state_is
from bot.store.queue.limits import Limits
from bot.store.queue.services.relay_state import lock_claims, read_healths
from bot.store.queue.services.service_sql import service_of

_BATCH = 100


def move(connection: Connection, limits: Limits, *, now: float) -> int:
    """Move jobs whose service is down to one that is up; return how many."""
    healths = read_healths(connection)
    down = {name for name, health in healths.items() if health.is_down}
    held = {name for name in down if now < healths[name].down_until}
    if not held & set(limits.services.names):
        return 0
    postgres.acquire_lock(connection, "accept")
    lock_claims(connection)
    # Those whose card shows pictures go on with the model that drew these.
    waiting = select(jobs).where(
        state_is(jobs, "waiting"),
        jobs.c.fallbacks.is_not(None),
        func.json_array_length(jobs.c.shown) == 0,
        service_of(limits.services, jobs.c.model).in_(sorted(held)),
    )
    rows = connection.execute(waiting.order_by(jobs.c.turn, jobs.c.id).limit(_BATCH)).all()
    moved = [_move(connection, limits, row, down, now) for row in rows]
    if any(moved):
        notify(connection)
    return sum(moved)


def _move(connection: Connection, limits: Limits, row: Row[Any], down: Collection[str], now: float) -> bool:
    known = limits.models.ids if limits.models else ()
    for number, each in enumerate(row.fallbacks):
        up = each["model"] in known and limits.services.of(each["model"]) not in down
        if up and (counted := _count_cost(connection, limits, row, each)) is not None:
            facts = {ASKED_MODEL: row.model, **row.facts, FELL_BACK: 1}
            for key, name in ((ASKED_RATIO, "ratio"), (ASKED_SIZE, "size")):
                if each[name] != getattr(row, name):
                    facts.setdefault(key, getattr(row, name))
            parameters = {
                **{f"new_{name}": each[name] for name in ("model", "ratio", "size", "weight")},
                "new_fallbacks": row.fallbacks[number + 1 :] or None,
                "new_facts": facts,
                "new_counted_cost": counted,
                "this_job": row.id,
                "now": now,
            }
            connection.execute(_MOVE, parameters)
            unused = (row.weight - each["weight"]) * row.amount
            daily_usage.give_back(connection, row, pictures=unused)
            return True
    return False


def _count_cost(
    connection: Connection, limits: Limits, row: Row[Any], fallback: Mapping[str, Any]
) -> int | None:
    """Count what a job will cost with another model, and return it; None if that exceeds a limit."""
    price = picture_cost(limits.models, fallback["model"], fallback["size"])
    counted = row.cost + price * row.amount
    if counted > row.counted_cost:
        try:
            daily_usage.reserve_cost(connection, limits.daily, row, counted - row.counted_cost)
        except RuleBroken:
            return None
    else:
        daily_usage.give_back(connection, row, cost=row.counted_cost - counted)
    return counted


def _new(name: str) -> Any:
    return bindparam(f"new_{name}", type_=jobs.c[name].type)


_MOVED = ("model", "ratio", "size", "weight", "fallbacks", "facts", "counted_cost")
_MOVE = (
    update(jobs)
    .where(jobs.c.id == bindparam("this_job"))
    .values(
        **{name: _new(name) for name in _MOVED},
        # It waited for the other service, whose failures don't count against this one.
        run_at=case((jobs.c.attempts > 0, bindparam("now", type_=jobs.c.run_at.type)), else_=jobs.c.run_at),
        attempts=case((jobs.c.attempts > 1, 1), else_=jobs.c.attempts),
    )
)
