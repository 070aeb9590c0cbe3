"""The limit of relay calls a minute, over all processes.

A claim reserves a call for each picture of its jobs, and every call turns one of these reservations into a
recorded call the moment before it is made. Claims add up both, so there are never more calls in a minute than
allowed, and every picture counts once.
"""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection, bindparam, case, delete, func, select

from bot.domain.eta import RateWindow
from bot.store.db.tables import jobs, relay_calls
from bot.store.queue.fair_queue import state_is

CALL_WINDOW = 61.0
"""Seconds for which a call counts: over a minute, as recording it and making it are moments apart."""
_RECENT = relay_calls.c.at > bindparam("since")
_COUNT = select(
    func.coalesce(func.sum(case((_RECENT, relay_calls.c.pictures))), 0).label("recorded"),
    func.min(case((_RECENT, relay_calls.c.at))).label("first"),
    func.min(relay_calls.c.at).label("oldest"),
    select(func.coalesce(func.sum(jobs.c.calls_left), 0))
    .where(state_is(jobs, "running"))
    .scalar_subquery()
    .label("reserved"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class CallCount:
    """The calls that count at a moment, made or reserved, and when the first recorded one was made."""

    total: int
    first: float | None
    oldest: float | None
    """When the oldest call was made that is stored, whether it counts or not."""


def count_calls(connection: Connection, *, now: float) -> CallCount:
    """Count the calls in the window before ``now``, and those reserved by running jobs."""
    row = connection.execute(_COUNT, {"since": now - CALL_WINDOW}).one()
    return CallCount(total=row.recorded + row.reserved, first=row.first, oldest=row.oldest)


def rate_window(connection: Connection, limit: int, *, now: float) -> RateWindow:
    """Return the calls in the window before ``now``, with the reserved ones as if they were made now."""
    statement = select(relay_calls.c.at, relay_calls.c.pictures).where(_RECENT).order_by(relay_calls.c.at)
    rows = connection.execute(statement, {"since": now - CALL_WINDOW})
    begun = [(row.at, row.pictures) for row in rows]
    reserved = count_calls(connection, now=now).total - sum(calls for _, calls in begun)
    return RateWindow(
        limit=limit, window=CALL_WINDOW, begun=[*begun, (now, reserved)] if reserved > 0 else begun
    )


def prune_calls(connection: Connection, *, now: float) -> None:
    """Delete calls that no longer count."""
    connection.execute(delete(relay_calls).where(relay_calls.c.at <= now - CALL_WINDOW))
