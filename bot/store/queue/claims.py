"""Who may begin now: as much as the relay's health, the places and the minute allow.

One transaction at a time claims, over all processes, so what is read here holds until it is done.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from time import monotonic
from typing import Any

from sqlalchemy import Row, func, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.domain.errors import RelayDown
from bot.domain.relay_health import Health
from bot.store.db.tables import jobs
from bot.store.queue import fair_queue
from bot.store.queue.fair_queue import state_is
from bot.store.queue.limits import Limits
from bot.store.queue.relay_state import (
    MINUTE,
    calls_begun,
    forget_calls,
    note_calls,
    read_health,
    take_turn_to_claim,
)

_PATIENCE = 60.0
"""Seconds after which a relay that is down and says nothing to a probe is tried by another."""
_SOONEST = select(func.min(jobs.c.run_at)).where(state_is(jobs, "waiting"))
_FIRST_DEADLINE = select(func.min(jobs.c.deadline)).where(state_is(jobs, "waiting"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """What the worker ``by`` asks for: jobs within ``capacity`` pictures of all, held ``until`` a moment.

    Itself it draws ``own`` pictures at once, and ``held`` already.
    """

    by: str
    until: float
    capacity: int
    own: int
    held: int
    now: float
    asked_at: float = field(default_factory=lambda: monotonic())  # noqa: PLW0108  # so that tests can stop it

    @property
    def moment(self) -> float:
        """Now, after the time that the database took since."""
        return self.now + monotonic() - self.asked_at


async def take(connection: AsyncConnection, limits: Limits, asked: Claim) -> Sequence[Row[Any]]:
    """Take the jobs whose turn it is, as many as may begin."""
    health = await take_turn_to_claim(connection)
    if health.is_down:
        await _give_up(connection, asked.now)
    if asked.now < health.free_at or await _is_probed(connection, health, asked.now):
        return []
    metered = limits.calls_a_minute is not None
    # A relay that is down is tried with one request.
    most = 1 if health.is_down else asked.own
    places = health.places(asked.capacity, asked.now)
    question: dict[str, object] = {
        "by": asked.by,
        "until": asked.until,
        "now": asked.now,
        "places": places,
        "room": asked.own - asked.held,
        "abreast_most": min(places, asked.own),
    }
    if metered:
        question["calls"] = await _calls_left(connection, limits, asked.now)
    statement = fair_queue.claim(most, limits.member_running, metered=metered)
    taken = (await connection.execute(statement, question)).all()
    if metered and taken:
        await note_calls(connection, sum(row.amount for row in taken), now=asked.moment)
    return taken


async def next_start(connection: AsyncConnection, limits: Limits, *, now: float) -> float | None:
    """Return when the first of those who wait may begin, as far as that depends on time."""
    soonest = await connection.scalar(_SOONEST)
    if soonest is None:
        return None
    health = await read_health(connection)
    start = max(soonest, health.free_at)
    if limits.calls_a_minute is not None:
        begun, first = await calls_begun(connection, now=now)
        if begun >= limits.calls_a_minute:
            start = max(start, first + MINUTE)
    if health.is_down:
        start = min(start, await connection.scalar(_FIRST_DEADLINE) or start)
    return start


async def _calls_left(connection: AsyncConnection, limits: Limits, now: float) -> int:
    begun, first = await calls_begun(connection, now=now)
    if now - first > 2 * MINUTE:
        # Not each time, as it takes as long as a claim.
        await forget_calls(connection, now=now)
    return (limits.calls_a_minute or 0) - begun


async def _is_probed(connection: AsyncConnection, health: Health, now: float) -> bool:
    """Whether somebody is trying a relay that is down."""
    if health.down_since is None:
        return False
    since = max(health.down_since, now - _PATIENCE)
    probes = select(func.count()).where(state_is(jobs, "running"), jobs.c.started_at >= since)
    return bool(await connection.scalar(probes))


async def _give_up(connection: AsyncConnection, now: float) -> None:
    """End the waiting of those whose deadline passes while nothing moves; the next look tells them."""
    over = state_is(jobs, "waiting") & (jobs.c.deadline <= now)
    await connection.execute(
        update(jobs).where(over).values(state="failed", problem=RelayDown.key, worker=None, lease=0.0)
    )
