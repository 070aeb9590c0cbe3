"""The jobs of accepted requests; every step is one transaction."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from pathlib import Path

from sqlalchemy import Connection, Engine, bindparam, select

from bot.domain.image_models.fallbacks import Fallback
from bot.domain.models import DeliveredMessage, Draft, Job, JobState, Picture, Quota, ReplyTo, Requester, Size
from bot.domain.requests.asked import ASKED_SIZE
from bot.domain.requests.cancellation import BY_ASKER, Cancellation
from bot.store.db import postgres
from bot.store.db.tables import jobs
from bot.store.db.transactions import RETRY_SHORT, read, write
from bot.store.queue import admission, answers, claims, polling
from bot.store.queue.admission import AdmissionRequest, admit
from bot.store.queue.claims import ClaimRequest
from bot.store.queue.comparisons import drawn_values
from bot.store.queue.fair_queue import open_ids_query
from bot.store.queue.forecasts.durations import typical_duration
from bot.store.queue.job_rows import to_files, to_job
from bot.store.queue.job_updates import JobUpdates, working_state
from bot.store.queue.leases.job_leases import JobLeases
from bot.store.queue.limits import Limits
from bot.store.queue.polling import Work
from bot.store.queue.services import fallback_moves
from bot.store.queue.services.call_meter import CallMeter

_BY_ID = select(jobs).where(jobs.c.id == bindparam("this_job"))


class JobStore(JobLeases):
    """Stores jobs in ``engine``; picture paths are relative to the folder ``spool``."""

    def __init__(self, engine: Engine, spool: Path, limits: Limits | None = None) -> None:
        super().__init__(JobUpdates(engine, spool))
        self._engine = engine
        self._spool = spool
        self.limits = limits or Limits()

    @property
    def exclusive(self) -> bool:
        """Whether this process is the only one on the database, so that no other can hold a lease."""
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
        weight: int = 1,
        fallbacks: Sequence[Fallback] = (),
    ) -> Job | None:
        """Accept a request within its member's ``quota``; None if its interaction was accepted before.

        Each of its pictures counts as ``weight``, and ``fallbacks`` may draw it instead. A job whose card
        hasn't been posted yet starts once it is, or a moment later; see ``CardStore.attach_card``. Raises
        ``RuleBroken``.
        """
        request = AdmissionRequest(
            draft=draft,
            requester=requester,
            reply_to=reply_to,
            now=now,
            deadline=deadline,
            quota=quota,
            weight=weight,
            fallbacks=fallbacks,
        )

        def accept(connection: Connection) -> Job | None:
            row = admit(connection, self.limits, request)
            return to_job(row, self._spool) if row else None

        return await write(self._engine, accept)

    async def get(self, job_id: int) -> Job | None:
        """Return the job with this id."""

        def fetch(connection: Connection) -> Job | None:
            row = connection.execute(_BY_ID, {"this_job": job_id}).one_or_none()
            return to_job(row, self._spool) if row else None

        return await read(self._engine, fetch)

    async def claim(
        self,
        worker: str,
        *,
        capacity: int,
        now: float,
        lease: float,
        worker_capacity: int | None = None,
        worker_load: int = 0,
    ) -> list[Job]:
        """Claim the next jobs, as many as fit beside the running ones in ``capacity`` concurrent pictures.

        The worker itself generates at most ``worker_capacity`` of these, ``worker_load`` of them already.
        ``lease`` is when the lease ends.
        """
        request = ClaimRequest(
            worker=worker,
            lease=lease,
            capacity=capacity,
            worker_capacity=self.limits.worker_capacity(capacity, worker_capacity),
            worker_load=worker_load,
            now=now,
        )

        def claim(connection: Connection) -> list[Job]:
            return self._updates.to_jobs(claims.claim(connection, self.limits, request))

        return await write(self._engine, claim, retry_for=RETRY_SHORT)

    def call_meter(self, worker: str, clock: Callable[[], float]) -> CallMeter:
        """Return what records the calls of a worker's jobs, and what they cost."""
        return CallMeter(self._engine, self.limits, worker=worker, clock=clock)

    async def poll(
        self, request: ClaimRequest, *, may_claim: bool = True, exclude: Collection[int] = ()
    ) -> Work:
        """Claim what a worker may begin or deliver now, and return when it should look again.

        Unless ``may_claim``, no job is begun. Those of ``exclude`` aren't delivered.
        """

        def poll(connection: Connection) -> Work:
            return polling.poll(
                connection,
                self.limits,
                request,
                may_claim=may_claim,
                exclude=exclude,
                to_jobs=self._updates.to_jobs,
            )

        return await write(self._engine, poll, retry_for=RETRY_SHORT)

    async def use_fallbacks(self, *, now: float) -> int:
        """Move waiting jobs whose service is down to the models that may draw them; return how many."""

        def move(connection: Connection) -> int:
            return fallback_moves.move(connection, self.limits, now=now)

        return await write(self._engine, move, retry_for=RETRY_SHORT)

    async def requeue(
        self,
        job: Job,
        worker: str,
        *,
        run_at: float,
        counts: bool = True,
        larger: Size | None = None,
        error: str | None = None,
        card_until: float | None = None,
    ) -> Job | None:
        """Put a running or drawn job back in the queue, to run at ``run_at``; None if another worker has it.

        ``error`` is the key of what ended the attempt; if not ``counts``, that is taken off the count.
        ``larger`` replaces the size, and the job's facts keep the one that was asked for. The worker may edit
        the card until ``card_until``, if given.
        """
        facts = {ASKED_SIZE: job.draft.request.size, **job.facts} if larger else job.facts
        return await self._updates.step(
            job,
            worker,
            working_state(job),
            notifies=True,
            state="waiting",
            run_at=run_at,
            card_until=jobs.c.card_until if card_until is None else card_until,
            attempts=jobs.c.attempts if counts else jobs.c.attempts - 1,
            lost=0,
            last_error=error,
            pictures=[],
            worker=None,
            lease=None,
            size=larger or jobs.c.size,
            facts=dict(facts),
        )

    async def mark_drawn(
        self, job: Job, worker: str, pictures: Sequence[Picture], *, now: float, problem: str | None = None
    ) -> Job | None:
        """Record that the pictures are safely on disk; ``problem`` is the reason why some are missing.

        Of a comparison the job's facts say so for each picture, and are stored.
        Returns the updated job, or None if another worker has it.
        """
        return await self._updates.step(
            job,
            worker,
            "running",
            state="drawn",
            pictures=to_files(pictures, self._spool),
            drawn_at=now,
            problem=problem,
            results=None,
            **drawn_values(job, pictures),
        )

    async def mark_failed(
        self, job: Job, worker: str, problem: str, facts: Mapping[str, str | int | float]
    ) -> Job | None:
        """Record why there is no picture; return the updated job, or None if another worker has it."""
        return await self._updates.step(
            job,
            worker,
            working_state(job),
            state="failed",
            problem=problem,
            facts=dict(facts),
            results=None,
            surplus=0,
            # Pictures that can't be shown don't count towards a quota.
            pictures=[],
            drawn_at=None,
        )

    async def finish(
        self, job: Job, worker: str, delivered: DeliveredMessage, *, now: float, kept: Sequence[str] = ()
    ) -> bool:
        """Record where the outcome was delivered, and wipe the token; ``kept`` names the stored originals.

        Returns False if another worker has the job, or if a late edit covered the answer.
        """

        def finish(connection: Connection) -> bool:
            return answers.finish(connection, self._spool, job, worker, delivered, now=now, kept=kept)

        return await write(self._engine, finish)

    async def add_originals(self, job_id: int, names: Sequence[str]) -> bool:
        """Record the names of originals that were stored after the answer; False if that was deleted."""
        return await write(self._engine, lambda connection: answers.add_originals(connection, job_id, names))

    async def reopen(self, job: Job, *, now: float) -> JobState | None:
        """Have a job's outcome delivered into its card again, as an edit may have covered it.

        Returns the state in which the job was found, or None if it is gone.
        """

        def reopen(connection: Connection) -> JobState | None:
            return answers.reopen(connection, job, now=now)

        return await write(self._engine, reopen, retry_for=RETRY_SHORT)

    async def cancel(
        self, job_id: int, *, now: float, charge: bool = True, cancellation: Cancellation = BY_ASKER
    ) -> Job | None:
        """Cancel a waiting or running job; None if it is neither.

        The pictures of a running one still count towards its member's quota, unless ``charge`` is false.
        """

        def cancel(connection: Connection) -> Job | None:
            row = admission.cancel(connection, job_id, now, cancellation, charge=charge)
            return to_job(row, self._spool) if row else None

        return await write(self._engine, cancel)

    async def open_ids(self, among: Collection[int] | None = None) -> set[int]:
        """Return the ids of the jobs that aren't done or cancelled, ``among`` these or of all."""

        def fetch(connection: Connection) -> set[int]:
            return set(connection.scalars(open_ids_query(among)))

        return await read(self._engine, fetch, retry_for=RETRY_SHORT)

    async def typical_duration(self, size: Size, model: str | None = None) -> float:
        """Return the median time in seconds that a model's latest pictures of a size took."""
        return await read(
            self._engine, lambda connection: typical_duration(connection, self.limits, model, size)
        )
