"""Delivers finished jobs to their requesters and records where each answer was posted."""

from __future__ import annotations

import asyncio
import logging
import shutil
from collections.abc import Awaitable, Callable
from dataclasses import replace
from pathlib import Path

from bot.domain.errors import BotError
from bot.domain.models import DeliveredMessage, Job
from bot.domain.ports import Delivery, Originals
from bot.domain.retry import MAX_ATTEMPTS
from bot.store.queue.jobs import JobStore
from bot.worker.generation import any_missing
from bot.worker.lease import LeaseLost

log = logging.getLogger(__name__)

DEFAULT_LEASE = 60.0
"""Seconds for which a worker owns a job before it must renew the lease."""
_DELIVERY_WINDOW = 86_400.0
"""Seconds past a job's deadline during which delivery is still attempted."""


class Completion:
    """Delivers outcomes for ``worker``, extending its lease on a job by ``lease`` seconds.

    ``on_delivered`` is called once per job after its answer was recorded, with None when the requester
    couldn't be reached; it must not raise. Originals are stored for unreachable requesters, and for everyone
    with ``keep_all``.
    """

    def __init__(
        self,
        jobs: JobStore,
        delivery: Delivery,
        originals: Originals,
        *,
        worker: str,
        spool: Path,
        clock: Callable[[], float],
        lease: float = DEFAULT_LEASE,
        keep_all: bool = False,
        on_delivered: Callable[[Job, DeliveredMessage | None], Awaitable[object]] | None = None,
    ) -> None:
        self._jobs = jobs
        self._delivery = delivery
        self._originals = originals
        self._worker = worker
        self._spool = spool
        self._clock = clock
        self._lease = lease
        self._keep_all = keep_all
        self._on_delivered = on_delivered
        self._deferred_until: dict[int, float] = {}

    def deferred_jobs(self) -> list[int]:
        """Return the ids of jobs left for now to the worker that has their pictures on disk."""
        now = self._clock()
        self._deferred_until = {
            job_id: until for job_id, until in self._deferred_until.items() if now < until
        }
        return list(self._deferred_until)

    async def complete(self, job: Job) -> None:
        """Deliver the outcome and mark the job done; raise when that must be retried."""
        if await asyncio.to_thread(any_missing, job.pictures) and await self._recover_missing_pictures(job):
            return
        try:
            delivered = await self._deliver(job)
        except LeaseLost:
            raise
        except Exception:
            if self._clock() < job.deadline + _DELIVERY_WINDOW:
                raise
            log.exception("job %s: delivery failed for too long; giving up", job.id)
            delivered = None
        kept = await self._keep_originals(job) if self._keep_all or delivered is None else ()
        card = DeliveredMessage(channel_id=job.requester.channel_id, message_id=job.message_id)
        if await self._jobs.finish(job, self._worker, delivered or card, now=self._clock(), kept=kept):
            log.info("job %s answered: %s", job.id, job.problem or "pictures")
            await asyncio.to_thread(shutil.rmtree, self._spool / str(job.id), ignore_errors=True)
            if self._on_delivered is not None:
                await self._on_delivered(job, delivered)
        elif kept and await self._jobs.get(job.id) is None:
            # Deleted with all of the requester's data during delivery.
            await self._originals.forget(kept)

    async def _recover_missing_pictures(self, job: Job) -> bool:
        """Hand over or requeue a job whose pictures aren't on this disk; False when it must fail."""
        now, until = self._clock(), (job.drawn_at or 0) + 3 * self._lease
        if not self._jobs.exclusive and now < until:
            # They may be on the disk of the worker that generated them: give it time to come back.
            self._deferred_until[job.id] = until
            await self._jobs.hand_over(job, self._worker, after=now)
            return True
        if job.attempts >= MAX_ATTEMPTS:
            return False
        log.warning("job %s: its pictures are missing from the disk; generating them again", job.id)
        await self._jobs.requeue(job, self._worker, run_at=now)
        return True

    async def _deliver(self, job: Job) -> DeliveredMessage | None:
        async def extend_lease() -> None:
            # With the database to itself, no other worker can take a job over.
            if not self._jobs.exclusive:
                until = self._clock() + self._lease
                if not await self._jobs.extend_lease(job, self._worker, until):
                    raise LeaseLost(f"job {job.id} is owned by another worker")

        try:
            return await self._delivery.deliver(job, extend_lease)
        except BotError as error:
            if not job.pictures:
                raise
            # The files are gone or can't be made to fit: retrying can't help, so answer with the problem.
            log.error("job %s: its pictures can't be sent: %s", job.id, describe(error), exc_info=error)
            await self._jobs.mark_failed(job, self._worker, error.key, error.facts)
            failed = replace(job, state="failed", pictures=(), problem=error.key, facts=error.facts)
            return await self._delivery.deliver(failed, extend_lease)

    async def _keep_originals(self, job: Job) -> tuple[str, ...]:
        try:
            return await self._originals.keep(job)
        except BotError as error:
            log.error("job %s: its originals can't be stored: %s", job.id, describe(error), exc_info=error)
            return ()


def describe(error: BotError) -> str:
    """Return an error and its detail for the log."""
    return f"{error} {error.detail}".rstrip()
