"""The cards of requests in line: which place each shows, and who may edit it until when.

Several processes may see the same line. Whoever wants to edit a waiting request's card holds it first, for a
few seconds; who takes the request on meanwhile reads until when, and waits that long with an edit of its own.
So no late word about the line ever covers an answer.

A request that came as a message has no card to begin with. It is kept first and its card is posted then: the
other way round, a process that dies in between would leave a card that says "waiting" for ever, and nothing
to wait for. Kept first, it is drawn a moment later whatever happens, and who brings its answer looks for the
card beside the request.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from pathlib import Path

from sqlalchemy import ColumnElement, and_, case, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from bot.domain.models import InLine, Job
from bot.store.db import postgres
from bot.store.db.tables import jobs
from bot.store.db.transactions import LONG, look, transact
from bot.store.queue import fair_queue
from bot.store.queue.fair_queue import state_is
from bot.store.queue.job_rows import to_job
from bot.store.queue.relay_state import read_health

_DOWN = -1
"""What stands for the place on a card that says that the relay is down."""


class CardStore:
    """Keeps cards in line in ``engine``."""

    def __init__(self, engine: AsyncEngine, spool: Path) -> None:
        self._engine = engine
        self._spool = spool

    async def place(self, job: Job, *, now: float) -> InLine | None:
        """Return where a request stands; None when it waits no more."""

        async def read(connection: AsyncConnection) -> InLine | None:
            health = await read_health(connection)
            return await self._place(connection, job, now, down=health.is_down)

        return await look(self._engine, read)

    async def hold(self, job_id: int, *, clock: Callable[[], float], seconds: float) -> InLine | None:
        """Hold one card and return its place to be shown; None when the request waits no more.

        The seconds begin when the database has time for it, which many others may ask of at once.
        """

        async def hold(connection: AsyncConnection) -> InLine | None:
            until = clock() + seconds
            # As the line is going to be then, when also a request that had to get its card first is due.
            held = await self._hold(connection, jobs.c.id == job_id, now=until, until=until)
            return held[0] if held else None

        return await transact(self._engine, hold)

    async def moved(self, *, now: float, until: float, most: int) -> list[InLine]:
        """Hold the cards that nobody has looked at for longest, and return those whose place has changed."""
        shown = or_(
            jobs.c.own_card & (jobs.c.message_id != 0),
            and_(jobs.c.token.is_not(None), jobs.c.token_expires_at > now),
        )
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

    async def pin(self, job_id: int, message_id: int, *, now: float) -> Job | None:
        """Note which message is a request's card, and let it be drawn; None when it has one or is over."""
        open_ = jobs.c.state.in_(("waiting", "running", "drawn", "failed"))
        bare = (jobs.c.id == job_id) & (jobs.c.message_id == 0) & open_
        # A request that was tried already waits for a reason.
        new = (jobs.c.state == "waiting") & (jobs.c.attempts == 0)
        run_at = case((new, now), else_=jobs.c.run_at)
        pinned = update(jobs).where(bare).values(message_id=message_id, run_at=run_at).returning(*jobs.c)

        async def pin(connection: AsyncConnection) -> Job | None:
            row = (await connection.execute(pinned)).one_or_none()
            await postgres.announce(connection)
            return to_job(row, self._spool) if row else None

        return await transact(self._engine, pin, patience=LONG)

    async def asked_by(self, message_ids: Collection[int]) -> list[int]:
        """Return the requests that wait and came as one of these messages."""
        waiting = select(jobs.c.id).where(
            jobs.c.interaction_id.in_(message_ids), jobs.c.own_card, state_is(jobs, "waiting")
        )

        async def read(connection: AsyncConnection) -> list[int]:
            return list(await connection.scalars(waiting))

        return await look(self._engine, read)

    async def _hold(
        self, connection: AsyncConnection, which: ColumnElement[bool], *, now: float, until: float
    ) -> list[InLine]:
        """Hold cards of waiting requests; return those that show another place than they have."""
        held = (
            update(jobs).where(which, state_is(jobs, "waiting")).values(card_until=until).returning(*jobs.c)
        )
        rows = (await connection.execute(held)).all()
        if not rows:
            return []
        down = (await read_health(connection)).is_down
        moved: list[InLine] = []
        for row in rows:
            standing = await self._place(connection, to_job(row, self._spool), now, down=down)
            shown = _DOWN if down else standing and standing.ahead
            if standing is not None and shown != row.card_ahead:
                await connection.execute(update(jobs).where(jobs.c.id == row.id).values(card_ahead=shown))
                moved.append(standing)
        return moved

    async def _place(self, connection: AsyncConnection, job: Job, now: float, *, down: bool) -> InLine | None:
        found = (await connection.execute(fair_queue.before(), {"job": job.id, "now": now})).one_or_none()
        if found is None:
            return None
        run_at, ahead, *pictures = found
        by_size = dict(zip(fair_queue.BEFORE, pictures, strict=True))
        return InLine(job=job, ahead=ahead, pictures=by_size, run_at=run_at, down=down)
