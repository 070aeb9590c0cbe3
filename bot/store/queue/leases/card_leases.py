"""The cards of waiting jobs: which position each shows, and until when it is leased for an edit.

Several processes may see the same queue. A process that wants to edit a waiting job's card leases it for a
few seconds; a worker that claims the job meanwhile reads until when, and delays its own first edit until
then. So a late position never overwrites an answer.

A job from a mention has no card at first. The job is inserted before its card is posted: the other way round,
a process that dies in between would leave a card that says "waiting" forever. A job without a card starts a
moment later anyway, and its delivery looks for the card next to the request.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, Integer, Row, and_, bindparam, case, or_, select, update

from bot.domain.image_models.services import Services
from bot.domain.models import Job, QueuedJob, ShownPicture
from bot.store.db.notifications import notify
from bot.store.db.tables import jobs
from bot.store.db.transactions import RETRY_SHORT, read, write
from bot.store.queue import shown_pictures
from bot.store.queue.fair_queue import state_is
from bot.store.queue.forecasts.positions import read_open_jobs, read_positions, to_queued
from bot.store.queue.job_rows import to_job

_DOWN = -1
"""Stored as the position on a card that says that the relay is down."""
_PAUSED = -2
"""Stored as the position on a card that says that the operator paused everything."""
_OLDEST = (
    select(jobs.c.id)
    .where(
        state_is(jobs, "waiting"),
        jobs.c.card_until <= bindparam("now"),
        jobs.c.run_at <= bindparam("now"),
        or_(
            jobs.c.own_card & (jobs.c.message_id != 0),
            and_(jobs.c.token.is_not(None), jobs.c.token_expires_at > bindparam("now")),
        ),
    )
    .order_by(jobs.c.card_until)
    .limit(bindparam("most", type_=Integer))
    .with_for_update(skip_locked=True)
)
"""Select the waiting jobs whose cards may be edited, and were checked longest ago."""
_ANY_WAITING = select(jobs.c.id).where(state_is(jobs, "waiting")).limit(1)
_LEASE = (
    update(jobs)
    .where(jobs.c.id.in_(bindparam("these_jobs", expanding=True)), state_is(jobs, "waiting"))
    .values(card_until=bindparam("until"))
    .returning(*jobs.c)
)
_SET_SHOWN = update(jobs).where(jobs.c.id == bindparam("job")).values(card_ahead=bindparam("place"))


class CardStore:
    """Stores the state of cards in ``engine``; positions are counted within each of ``services``."""

    def __init__(self, engine: Engine, spool: Path, services: Services | None = None) -> None:
        self._engine = engine
        self._services = services or Services()
        self._spool = spool

    async def open_jobs(self, user_id: int, *, now: float) -> list[tuple[Job, QueuedJob | None]]:
        """Return a member's waiting and running jobs, oldest first; waiting ones with their position."""

        def fetch(connection: Connection) -> list[tuple[Job, QueuedJob | None]]:
            return [
                self._open_job(row) for row in read_open_jobs(connection, self._services, user_id, now=now)
            ]

        return await read(self._engine, fetch)

    async def lease(
        self, job_ids: Collection[int], *, clock: Callable[[], float], seconds: float
    ) -> dict[int, QueuedJob]:
        """Lease cards; return by id the positions to show, without those that are shown or don't wait.

        ``seconds`` count from when the transaction runs, which may have waited for others.
        """

        def lease(connection: Connection) -> dict[int, QueuedJob]:
            until = clock() + seconds
            # As of the end of the lease, when a job that waited for its card is due too.
            leased = self._lease(connection, sorted(job_ids), now=until, until=until)
            return {each.job.id: each for each in leased}

        return await write(self._engine, lease)

    async def lease_moved(self, *, now: float, until: float, most: int) -> list[QueuedJob]:
        """Lease the cards that were checked longest ago, and return those whose position changed."""

        def lease(connection: Connection) -> list[QueuedJob]:
            # Read first: PostgreSQL may run a limited subquery of an update more than once.
            found = list(connection.scalars(_OLDEST, {"now": now, "most": most}))
            return self._lease(connection, found, now=now, until=until) if found else []

        return await write(self._engine, lease, retry_for=RETRY_SHORT)

    async def any_waiting(self) -> bool:
        """Whether there are waiting jobs."""
        found = await read(
            self._engine, lambda connection: connection.scalar(_ANY_WAITING), retry_for=RETRY_SHORT
        )
        return found is not None

    async def attach_card(self, job_id: int, message_id: int, *, now: float) -> Job | None:
        """Store which message is a job's card, and let the job start; None if it has one or is closed."""
        open_ = jobs.c.state.in_(("waiting", "running", "drawn", "failed"))
        cardless = (jobs.c.id == job_id) & (jobs.c.message_id == 0) & open_
        # A job that was attempted already waits for another reason.
        new = (jobs.c.state == "waiting") & (jobs.c.attempts == 0)
        run_at = case((new, now), else_=jobs.c.run_at)
        attach = update(jobs).where(cardless).values(message_id=message_id, run_at=run_at).returning(*jobs.c)

        def attach_card(connection: Connection) -> Job | None:
            row = connection.execute(attach).one_or_none()
            notify(connection)
            return to_job(row, self._spool) if row else None

        return await write(self._engine, attach_card)

    async def record_shown(self, job: Job, shown: Sequence[ShownPicture]) -> None:
        """Record which pictures a job's card shows, unless it was begun anew since."""
        await write(
            self._engine,
            lambda connection: shown_pictures.record(connection, job, shown),
            retry_for=RETRY_SHORT,
        )

    async def waiting_for_messages(self, message_ids: Collection[int]) -> list[int]:
        """Return the ids of waiting jobs that came from one of these messages."""
        waiting = select(jobs.c.id).where(
            jobs.c.interaction_id.in_(message_ids), jobs.c.own_card, state_is(jobs, "waiting")
        )

        def fetch(connection: Connection) -> list[int]:
            return list(connection.scalars(waiting))

        return await read(self._engine, fetch)

    def _open_job(self, row: Row[Any]) -> tuple[Job, QueuedJob | None]:
        job = to_job(row, self._spool)
        return job, to_queued(job, row, row.run_at) if job.state == "waiting" else None

    def _lease(
        self, connection: Connection, job_ids: Sequence[int], *, now: float, until: float
    ) -> list[QueuedJob]:
        """Lease cards of waiting jobs; return those that show an outdated position."""
        leased = connection.execute(_LEASE, {"these_jobs": job_ids, "until": until})
        rows = {row.id: row for row in leased}
        moved: list[QueuedJob] = []
        for position in read_positions(connection, self._services, list(rows), now=now) if rows else ():
            row = rows[position.id]
            queued = to_queued(to_job(row, self._spool), position, row.run_at)
            if _shown(queued) != row.card_ahead:
                moved.append(queued)
        if moved:
            connection.execute(_SET_SHOWN, [{"job": each.job.id, "place": _shown(each)} for each in moved])
        return moved


def _shown(queued: QueuedJob) -> int:
    if queued.paused:
        return _PAUSED
    return _DOWN if queued.down else queued.ahead
