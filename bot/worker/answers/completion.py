"""Delivers finished jobs to their requesters and records where each answer was posted."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace

from bot.domain.errors import BotError, DataRestored, LocalFailure
from bot.domain.models import DeliveredMessage, Job
from bot.domain.ports import Clock, Delivery, PicturesGone
from bot.domain.requests.cancellation import Cancellation
from bot.domain.retry import MAX_ATTEMPTS
from bot.telemetry.recorder import Recorder
from bot.worker.answers.measured_delivery import measure_delivery
from bot.worker.answers.originals_keeper import OriginalsKeeper
from bot.worker.generation.drawn_pictures import missing_pictures
from bot.worker.held_jobs import HeldJobs
from bot.worker.lease import LeaseLost
from bot.worker.spool import JobFolders

log = logging.getLogger(__name__)

OnDelivered = Callable[[Job, DeliveredMessage | None], Awaitable[object]]
_DELIVERY_WINDOW = 86_400.0
"""Seconds past a job's deadline during which delivery is still attempted."""


class Completion:
    """Delivers outcomes.

    ``on_delivered`` is called once per job after its answer was recorded, with None when the requester
    couldn't be reached; it must not raise.
    """

    def __init__(
        self,
        jobs: HeldJobs,
        delivery: Delivery,
        originals: OriginalsKeeper,
        folders: JobFolders,
        clock: Clock,
        recorder: Recorder,
        on_delivered: OnDelivered | None = None,
    ) -> None:
        self._jobs = jobs
        self._delivery = delivery
        self._originals = originals
        self._folders = folders
        self._clock = clock
        self._recorder = recorder
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
        if await asyncio.to_thread(missing_pictures, job):
            if await self._delivery.shows_pictures(job):
                # The worker that delivered them ended before it could record that.
                return await self._record(job, _card_of(job), ())
            if await self._recover_missing_pictures(job):
                return None
        if job.problem == DataRestored.key and await self._delivery.shows_answer(job):
            # It was answered after the backup that was restored.
            return await self._record(job, _card_of(job), ())
        try:
            delivered = await self._deliver_in_time(job)
        except PicturesGone:
            log.warning("job %s: its card has lost pictures whose files aren't here", job.id)
            if await self._recover_missing_pictures(job):
                return None
            delivered = await self._deliver_in_time(replace(job, shown=()))
        kept = await self._originals.keep(job, reached=delivered is not None)
        return await self._record(job, delivered, kept)

    async def with_shown(self, job: Job) -> Job:
        """Return a job with what its card shows, if its last worker may not have recorded that."""
        if job.draft.count == 1 or job.attempts == 1:
            return job
        return replace(job, shown=tuple(await self._delivery.read_shown(job)))

    async def show_stopped(self, job: Job) -> None:
        """Show no more progress of a job that was stopped, and edit the card of a cancelled one last."""
        self._delivery.release(job)
        found = await self._jobs.find(job.id)
        if found is None:  # deleted with all of the requester's data
            await self._delivery.cancel(replace(job, facts=Cancellation("erasure").facts))
        elif found.state == "cancelled":
            await self._delivery.cancel(replace(job, facts=found.facts))

    async def _record(self, job: Job, delivered: DeliveredMessage | None, kept: Sequence[str]) -> None:
        """Record an answer and where it is."""
        card = delivered or _card_of(job)
        if await self._jobs.finish(job, card, kept=kept):
            log.info("job %s answered: %s", job.id, job.problem or "pictures")
            if job.recovered:
                self._delivery.check_later(job)
            await self._retire_folder(job)
            if self._on_delivered is not None and not job.answered:
                await self._on_delivered(job, delivered)
        else:
            await self._resolve_unfinished(job, kept)

    async def _retire_folder(self, job: Job) -> None:
        """Delete a job's pictures, at once where no late edit can cover them."""
        if self._jobs.exclusive and not self._delivery.may_be_covered(job):
            await self._folders.delete(job.id)
        else:
            self._folders.keep(job.id)

    async def _resolve_unfinished(self, job: Job, kept: Sequence[str]) -> None:
        """Do what is left after a delivery that couldn't be recorded."""
        found = await self._jobs.find(job.id)
        if found is None:
            # Deleted with all of the requester's data during delivery.
            await self._originals.forget(kept)
        elif await self._jobs.extend_lease(job):
            log.info("job %s: a late edit covered its answer; delivering it again", job.id)
            await self.complete(found)
        elif (found.pictures, found.problem) != (job.pictures, job.problem):
            # This answer may have covered that of the job's new owner.
            await self._jobs.reopen(job)

    async def _recover_missing_pictures(self, job: Job) -> bool:
        """Hand over or requeue a job whose pictures aren't on this disk; False when it must fail."""
        # When they were last on a disk: those of an answered job stay there for a while.
        there_at = max(job.drawn_at or 0, job.late_edit_at or 0)
        until = there_at + 3 * self._jobs.lease
        if not self._jobs.exclusive and self._clock() < until:
            # They may be on the disk of the worker that generated them: give it time to come back.
            self._deferred_until[job.id] = until
            await self._jobs.hand_over(job)
            return True
        if job.attempts >= MAX_ATTEMPTS:
            return False
        log.warning("job %s: its pictures are missing from the disk; generating them again", job.id)
        await self._jobs.requeue(job)
        return True

    async def _deliver_in_time(self, job: Job) -> DeliveredMessage | None:
        """Deliver the outcome; None also when that failed for too long."""
        try:
            return await measure_delivery(self._recorder, job, self._deliver(job))
        except (LeaseLost, PicturesGone):
            raise
        except Exception:
            if self._clock() < job.deadline + _DELIVERY_WINDOW:
                raise
            log.exception("job %s: delivery failed for too long; giving up", job.id)
            return None

    async def _deliver(self, job: Job) -> DeliveredMessage | None:
        async def extend_lease() -> None:
            # With the database to itself, no other worker can take a job over.
            if not self._jobs.exclusive and not await self._jobs.extend_lease(job):
                raise LeaseLost(f"job {job.id} is owned by another worker")

        try:
            return await self._delivery.deliver(job, extend_lease)
        except LocalFailure:
            raise
        except BotError as error:
            if not job.pictures:
                raise
            # The files are gone or can't be made to fit: retrying can't help, so answer with the problem.
            log.error("job %s: its pictures can't be sent: %s", job.id, describe(error), exc_info=error.fault)
            await self._jobs.mark_failed(job, error.key, error.facts)
            failed = replace(job, state="failed", pictures=(), problem=error.key, facts=error.facts)
            return await self._delivery.deliver(failed, extend_lease)


def _card_of(job: Job) -> DeliveredMessage:
    return DeliveredMessage(channel_id=job.requester.channel_id, message_id=job.message_id)


def describe(error: BotError) -> str:
    """Return an error and its detail for the log."""
    return f"{error} {error.detail}".rstrip()
