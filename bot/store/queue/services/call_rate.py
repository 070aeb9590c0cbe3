"""The limit of relay calls a minute, over all processes.

A claim reserves a call for each picture of its jobs, and every call turns one of these reservations into a
recorded call the moment before it is made. Claims add up both, so there are never more calls in a minute than
allowed, and every picture counts once.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
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

_BY_MODEL = select(
    relay_calls.c.model,
    func.coalesce(func.sum(case((_RECENT, relay_calls.c.pictures))), 0).label("recorded"),
    func.min(relay_calls.c.at).label("oldest"),
).group_by(relay_calls.c.model)
_LATEST = (
    select(relay_calls.c.at, relay_calls.c.pictures, relay_calls.c.model)
    .where(_RECENT)
    .order_by(relay_calls.c.at)
)
_RESERVED = (
    select(jobs.c.model, func.sum(jobs.c.calls_left).label("reserved"))
    .where(state_is(jobs, "running"))
    .group_by(jobs.c.model)
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


def recorded_calls(connection: Connection, *, now: float) -> Counter[str | None]:
    """Count the recorded calls in the window before ``now`` by model."""
    rows = connection.execute(_BY_MODEL, {"since": now - CALL_WINDOW}).all()
    prune_calls(connection, [row.oldest for row in rows], now=now)
    return Counter({row.model: row.recorded for row in rows})


def rate_window(
    connection: Connection, limit: int, draws: Callable[[str | None], bool], *, now: float
) -> RateWindow:
    """Return the calls in the window before ``now``, with the reserved ones as if they were made now.

    ``draws`` says of which models.
    """
    rows = connection.execute(_LATEST, {"since": now - CALL_WINDOW})
    begun = [(row.at, row.pictures) for row in rows if draws(row.model)]
    reserved = sum(row.reserved for row in connection.execute(_RESERVED) if draws(row.model))
    return RateWindow(
        limit=limit, window=CALL_WINDOW, begun=[*begun, (now, reserved)] if reserved > 0 else begun
    )


def prune_calls(connection: Connection, stored: Iterable[float | None], *, now: float) -> None:
    """Delete calls that no longer count, if some that are ``stored`` since a moment are long outdated."""
    # Only now and then, as it takes as long as a claim.
    if any(at is not None and now - at > 2 * CALL_WINDOW for at in stored):
        connection.execute(delete(relay_calls).where(relay_calls.c.at <= now - CALL_WINDOW))
