"""The cards of requests in line: which place each shows, and who may edit it until when.

Several processes may see the same line. Whoever wants to edit a waiting request's card holds it first, for a
few seconds; who takes the request on meanwhile reads until when, and waits that long with an edit of its own.
So no late word about the line ever covers an answer.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from sqlalchemy import ColumnElement, Row, and_, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from bot.models import InLine
from bot.store import turns
from bot.store.rows import to_job
from bot.store.tables import jobs
from bot.store.transactions import transact
from bot.store.turns import state_is


class CardStore:
    """Keeps cards in line in ``engine``; places count ``capacity`` pictures drawn at once."""

    def __init__(self, engine: AsyncEngine, spool: Path, *, capacity: int) -> None:
        self._engine = engine
        self._spool = spool
        self._capacity = capacity

    async def hold(self, job_id: int, *, now: float, until: float) -> InLine | None:
        """Hold one card and return its place to be shown; None when the request waits no more."""

        async def hold(connection: AsyncConnection) -> InLine | None:
            held = await self._hold(connection, jobs.c.id == job_id, now=now, until=until)
            return held[0] if held else None

        return await transact(self._engine, hold)

    async def moved(self, *, now: float, until: float, most: int) -> list[InLine]:
        """Hold the cards that nobody has looked at for longest, and return those whose place has changed."""
        shown = or_(jobs.c.own_card, and_(jobs.c.token.is_not(None), jobs.c.token_expires_at > now))
        longest = (
            select(jobs.c.id)
            .where(state_is(jobs, "waiting"), jobs.c.card_until <= now, jobs.c.run_at <= now, shown)
            .order_by(jobs.c.card_until)
            .limit(most)
            .with_for_update(skip_locked=True)
        )

        async def hold(connection: AsyncConnection) -> list[InLine]:
            # Read first: PostgreSQL may run a limited subquery of an update more than once.
            found = list(await connection.scalars(longest))
            return await self._hold(connection, jobs.c.id.in_(found), now=now, until=until) if found else []

        return await transact(self._engine, hold)

    async def _hold(
        self, connection: AsyncConnection, which: ColumnElement[bool], *, now: float, until: float
    ) -> list[InLine]:
        """Hold cards of waiting requests; return those that show another place than they have."""
        held = (
            update(jobs).where(which, state_is(jobs, "waiting")).values(card_until=until).returning(*jobs.c)
        )
        rows = (await connection.execute(held)).all()
        places = [(row, await self._place(connection, row.id, now)) for row in rows]
        moved = [(row, place) for row, place in places if place is not None and place[0] != row.card_ahead]
        for row, (ahead, _) in moved:
            await connection.execute(update(jobs).where(jobs.c.id == row.id).values(card_ahead=ahead))
        return [self._in_line(row, *place) for row, place in moved]

    async def _place(self, connection: AsyncConnection, job_id: int, now: float) -> tuple[int, int] | None:
        asked = {"job": job_id, "now": now}
        found = (await connection.execute(turns.before(self._capacity), asked)).one_or_none()
        return (found[0], int(found[1])) if found else None

    def _in_line(self, row: Row[Any], ahead: int, pictures: int) -> InLine:
        return InLine(job=to_job(row, self._spool), ahead=ahead, pictures=pictures)
