"""The queue of accepted requests; every step is one transaction."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy import ColumnElement, Row, case, select, union_all, update
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from bot.domain.models import Delivered, Draft, Job, Picture, Quota, ReplyTo, Requester, Size
from bot.store.db import postgres
from bot.store.db.tables import jobs
from bot.store.db.transactions import LONG, SHORT, look, transact
from bot.store.queue import claims
from bot.store.queue.admission import Entry, drop, take_in
from bot.store.queue.claims import Claim
from bot.store.queue.fair_queue import state_is
from bot.store.queue.forecast import usual_seconds
from bot.store.queue.job_rows import to_files, to_job
from bot.store.queue.lease_recovery import GIVEN_BACK, HELD, TAKEN_OVER, counted
from bot.store.queue.limits import Limits
from bot.store.queue.relay_state import note_calls
from bot.store.styles import show_newest

_T = TypeVar("_T")


class JobStore:
    """Keeps jobs in ``engine``; pictures are named relative to the folder ``spool``."""

    def __init__(self, engine: AsyncEngine, spool: Path, limits: Limits | None = None) -> None:
        self._engine = engine
        self._spool = spool
        self._limits = limits or Limits()

    @property
    def exclusive(self) -> bool:
        """Whether this process is the only one on the database: then nobody else holds a job."""
        return not postgres.is_shared(self._engine)

    async def add(
        self,
        draft: Draft,
        requester: Requester,
        reply_to: ReplyTo,
        *,
        now: float,
        deadline: float,
        quota: Quota | None = None,
    ) -> Job | None:
        """Accept a request within its asker's ``quota``; None when this interaction was accepted before.

        One whose card isn't there yet is drawn only once it is, or a moment later; see ``CardStore.pin``.
        Raises ``RuleBroken``.
        """
        entry = Entry(
            draft=draft, requester=requester, reply_to=reply_to, now=now, deadline=deadline, quota=quota
        )

        async def accept(connection: AsyncConnection) -> Job | None:
            row = await take_in(connection, self._limits, entry)
            return to_job(row, self._spool) if row else None

        return await self._transact(accept, patience=LONG)

    async def get(self, job_id: int) -> Job | None:
        """Return the job with this id."""

        async def read(connection: AsyncConnection) -> Job | None:
            row = (await connection.execute(select(jobs).where(jobs.c.id == job_id))).one_or_none()
            return to_job(row, self._spool) if row else None

        return await look(self._engine, read)

    async def claim(
        self, worker: str, *, capacity: int, now: float, lease: float, own: int | None = None, held: int = 0
    ) -> list[Job]:
        """Take the jobs whose turn it is, as many as fit beside those running in ``capacity`` pictures.

        Of these the worker draws at most ``own`` at once, where that is less, and ``held`` already.
        """
        asked = Claim(
            by=worker, until=lease, capacity=capacity, own=min(own or capacity, capacity), held=held, now=now
        )

        async def claim(connection: AsyncConnection) -> list[Job]:
            return self._sorted(await claims.take(connection, self._limits, asked))

        return await self._transact(claim)

    async def begin(self, *, now: float) -> None:
        """Note that one more picture of a running job is begun, which didn't fit in beside its first ones."""
        if self._limits.calls_a_minute is not None:
            await self._transact(lambda connection: note_calls(connection, 1, now=now))

    async def claim_untold(
        self, worker: str, *, now: float, lease: float, but: Collection[int] = ()
    ) -> list[Job]:
        """Take jobs whose asker is to be told now: postponed by this worker, or left by one that is gone.

        Jobs named by ``but`` are left to others.
        """
        gone = (jobs.c.lease < now) | (jobs.c.lease.is_(None) & (jobs.c.run_at < now - (lease - now)))
        own = jobs.c.lease.is_(None) & (jobs.c.worker == worker) & (jobs.c.run_at <= now)
        free = HELD & jobs.c.state.in_(("drawn", "failed")) & (gone | own)
        if but:
            free &= jobs.c.id.not_in(but)
        return await self._change(free, worker=worker, lease=lease)

    async def take_over(self, *, now: float) -> int:
        """Put jobs of workers whose lease ran out back in line, or end them; return how many."""
        lost = HELD & (jobs.c.state == "running") & (jobs.c.lease < now)
        return counted(await self._change(lost, wakes=True, **TAKEN_OVER))

    async def release(self) -> None:
        """Let go of everyone's jobs, where one process works on the database alone and just began."""
        await self._change(HELD, wakes=True, lease=0.0)

    async def give_back(self, worker: str) -> None:
        """Put back what a worker holds that ends in good order."""
        await self._change(HELD & (jobs.c.worker == worker), wakes=True, **GIVEN_BACK)

    async def hold(self, job: Job, worker: str, until: float) -> bool:
        """Keep hold of a job whose asker is about to be told; False when it's another worker's."""
        return await self._step(job, worker, None, lease=until) is not None

    async def postpone(self, job: Job, worker: str, *, until: float) -> None:
        """Do the next step not before ``until``: who drew the pictures has them, and tells their asker."""
        running = jobs.c.state == "running"
        await self._step(
            job,
            worker,
            None,
            run_at=until,
            # Without a lease, as its worker may be busy with other jobs and would renew it for ever.
            worker=case((running, None), else_=jobs.c.worker),
            lease=case((running, until), else_=None),
        )

    async def pass_on(self, job: Job, worker: str, *, after: float) -> None:
        """Let any worker tell the asker, but not before ``after``."""
        await self._step(job, worker, None, worker=None, lease=after)

    async def renew(self, job_ids: Collection[int], worker: str, lease: float) -> set[int]:
        """Keep hold of these jobs until ``lease``; return the ids that this worker still holds."""
        # One without a lease was postponed: its task is about to end, and its next try isn't to be put off.
        held = jobs.c.id.in_(job_ids) & (jobs.c.worker == worker) & jobs.c.lease.is_not(None) & HELD
        return {job.id for job in await self._change(held, lease=lease)}

    async def retry(self, job: Job, worker: str, *, run_at: float, counts: bool = True) -> bool:
        """Put a running or drawn job back in line, to run at ``run_at``; False when it's another worker's.

        Where the try doesn't count, the job is left with as many as before it.
        """
        again = await self._step(
            job,
            worker,
            _state_in_hand(job),
            wakes=True,
            state="waiting",
            run_at=run_at,
            attempts=jobs.c.attempts if counts else jobs.c.attempts - 1,
            lost=0,
            pictures=[],
            worker=None,
            lease=None,
        )
        return again is not None

    async def drawn(
        self, job: Job, worker: str, pictures: Sequence[Picture], *, now: float, problem: str | None = None
    ) -> Job | None:
        """Note that the pictures are on disk for good; ``problem`` says why some are missing.

        Returns the job as it is now, or None when it's another worker's.
        """
        return await self._step(
            job,
            worker,
            "running",
            state="drawn",
            pictures=to_files(pictures, self._spool),
            drawn_at=now,
            problem=problem,
        )

    async def failed(
        self, job: Job, worker: str, problem: str, facts: Mapping[str, str | int | float]
    ) -> Job | None:
        """Note why there will be no picture; return the job as it is now, None when it's another worker's."""
        return await self._step(
            job,
            worker,
            _state_in_hand(job),
            state="failed",
            problem=problem,
            facts=dict(facts),
            # What was drawn but can't be shown counts for nobody.
            pictures=[],
            drawn_at=None,
        )

    async def finish(
        self, job: Job, worker: str, told: Delivered, *, now: float, kept: Sequence[str] = ()
    ) -> bool:
        """Note that the asker was told, where, and forget the token; ``kept`` names the originals."""
        mine = (jobs.c.id == job.id) & (jobs.c.worker == worker)
        values = {
            "state": "done",
            "finished_at": now,
            "token": None,
            "worker": None,
            "lease": None,
            "channel_id": told.channel_id,
            "message_id": told.message_id,
            "direct": told.direct,
            "kept": list(kept),
        }

        async def finish(connection: AsyncConnection) -> bool:
            finished = await self._update(connection, mine, **values)
            for done in finished:
                await show_newest(connection, done)
            return bool(finished)

        return await self._transact(finish, patience=LONG)

    async def cancel(self, job_id: int, *, now: float) -> Job | None:
        """Cancel a waiting or running job; None when it is past that."""

        async def cancel(connection: AsyncConnection) -> Job | None:
            row = await drop(connection, job_id, now)
            return to_job(row, self._spool) if row else None

        return await self._transact(cancel)

    async def open_ids(self) -> set[int]:
        """Return the ids of all jobs that aren't over."""
        waiting = select(jobs.c.id).where(state_is(jobs, "waiting"))
        both = union_all(waiting, select(jobs.c.id).where(HELD))

        async def read(connection: AsyncConnection) -> set[int]:
            return set(await connection.scalars(both))

        return await look(self._engine, read)

    async def next_run_at(self, *, now: float) -> float | None:
        """Return when there may be something to start, as far as that depends on time."""
        return await look(
            self._engine, lambda connection: claims.next_start(connection, self._limits, now=now)
        )

    async def usual_duration(self, size: Size) -> float:
        """Return the median time in seconds that the last pictures of this size took to draw."""
        return (await look(self._engine, usual_seconds))[size]

    async def _step(
        self, job: Job, worker: str, state: str | None, /, *, wakes: bool = False, **values: object
    ) -> Job | None:
        mine = (jobs.c.id == job.id) & (jobs.c.worker == worker)
        if state is not None:
            mine &= jobs.c.state == state
        changed = await self._change(mine, wakes=wakes, patience=LONG, **values)
        return changed[0] if changed else None

    async def _change(
        self,
        where: ColumnElement[bool],
        /,
        *,
        wakes: bool = False,
        patience: float = SHORT,
        **values: object,
    ) -> list[Job]:
        async def change(connection: AsyncConnection) -> list[Job]:
            changed = await self._update(connection, where, **values)
            if changed and wakes:
                await postgres.announce(connection)
            return changed

        return await self._transact(change, patience=patience)

    async def _update(
        self, connection: AsyncConnection, where: ColumnElement[bool], /, **values: object
    ) -> list[Job]:
        result = await connection.execute(update(jobs).where(where).values(**values).returning(*jobs.c))
        return self._sorted(result)

    def _sorted(self, rows: Iterable[Row[*tuple[Any, ...]]]) -> list[Job]:
        return sorted((to_job(row, self._spool) for row in rows), key=lambda job: job.id)

    async def _transact(
        self, work: Callable[[AsyncConnection], Awaitable[_T]], *, patience: float = SHORT
    ) -> _T:
        return await transact(self._engine, work, patience=patience)


def _state_in_hand(job: Job) -> str:
    """Return the state that a step away from drawing starts from."""
    return "drawn" if job.state == "drawn" else "running"
