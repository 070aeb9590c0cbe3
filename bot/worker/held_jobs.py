"""The jobs of one worker: every step requires that it still holds the job."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from bot.domain.models import DeliveredMessage, Job, Picture, Size
from bot.domain.ports import Clock
from bot.store.queue.jobs import JobStore
from bot.worker.config import WorkerConfig


class HeldJobs:
    """Moves a worker's jobs from state to state; leases last as long as its ``config`` says."""

    def __init__(self, jobs: JobStore, config: WorkerConfig, clock: Clock) -> None:
        self._jobs = jobs
        self._worker = config.name
        self.lease = config.lease
        """Seconds for which this worker owns a job before it must renew the lease."""
        self._clock = clock

    @property
    def exclusive(self) -> bool:
        """Whether no other process can hold a job."""
        return self._jobs.exclusive

    async def find(self, job_id: int) -> Job | None:
        """Return a job as it is now, also one of another worker; None if it was deleted."""
        return await self._jobs.get(job_id)

    async def mark_drawn(
        self, job: Job, pictures: Sequence[Picture], *, problem: str | None = None
    ) -> Job | None:
        """Record the pictures, and a ``problem`` where some are missing; None if another worker has it."""
        return await self._jobs.mark_drawn(job, self._worker, pictures, now=self._clock(), problem=problem)

    async def mark_failed(self, job: Job, problem: str, facts: Mapping[str, str | int | float]) -> Job | None:
        """Record why there is no picture; None if another worker has the job."""
        return await self._jobs.mark_failed(job, self._worker, problem, facts)

    async def requeue(
        self,
        job: Job,
        *,
        run_at: float | None = None,
        counts: bool = True,
        larger: Size | None = None,
        error: str | None = None,
        card_until: float | None = None,
    ) -> Job | None:
        """Give a job back to the queue, to be run at a time, else at once; None if another worker has it.

        This worker may edit its card until ``card_until``, if given.
        """
        at = self._clock() if run_at is None else run_at
        return await self._jobs.requeue(
            job,
            self._worker,
            run_at=at,
            counts=counts,
            larger=larger,
            error=error,
            card_until=card_until,
        )

    async def finish(self, job: Job, card: DeliveredMessage, *, kept: Sequence[str]) -> bool:
        """Record where the outcome is; False if another worker has the job or a late edit covered it."""
        return await self._jobs.finish(job, self._worker, card, now=self._clock(), kept=kept)

    async def reopen(self, job: Job) -> None:
        """Have an answered job delivered again."""
        await self._jobs.reopen(job, now=self._clock())

    async def hand_over(self, job: Job) -> None:
        """Let any worker deliver the outcome of a job."""
        await self._jobs.hand_over(job, self._worker, after=self._clock())

    async def postpone(self, job: Job, *, until: float) -> None:
        """Give up the lease of a job, which nobody resumes before ``until``."""
        await self._jobs.postpone(job, self._worker, until=until)

    async def extend_lease(self, job: Job) -> bool:
        """Extend the lease of a job; False if another worker has it."""
        return await self._jobs.extend_lease(job, self._worker, self._clock() + self.lease)

    async def renew_leases(self, job_ids: Collection[int]) -> set[int]:
        """Renew the leases of jobs; return the ids of those that this worker still holds."""
        return await self._jobs.renew_leases(job_ids, self._worker, self._clock() + self.lease)

    async def release(self) -> None:
        """Give all jobs back to the queue."""
        await self._jobs.release_worker(self._worker)
