"""Who may work on a job, and until when."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import case

from bot.domain.models import Job
from bot.store.db.tables import jobs
from bot.store.db.transactions import RETRY_SHORT
from bot.store.queue.fair_queue import state_is
from bot.store.queue.job_updates import JobUpdates
from bot.store.queue.leases.lease_recovery import IN_PROGRESS, RECOVERED, RELEASED, report_recovered


class JobLeases:
    """Renews, releases and recovers the leases of jobs."""

    def __init__(self, updates: JobUpdates) -> None:
        self._updates = updates

    async def recover_expired_leases(self, *, now: float) -> int:
        """Requeue or fail the running jobs whose leases expired; return how many."""
        expired = IN_PROGRESS & (jobs.c.state == "running") & (jobs.c.lease < now)
        return report_recovered(
            await self._updates.change(expired, notifies=True, requeues=True, **RECOVERED)
        )

    async def wipe_expired_tokens(self, *, now: float) -> None:
        """Wipe the interaction tokens of open jobs that Discord doesn't accept any more."""
        open_ = state_is(jobs, "waiting") | IN_PROGRESS
        # Not null, which stands for a job without a card of its own.
        await self._updates.change(open_ & (jobs.c.token != "") & (jobs.c.token_expires_at <= now), token="")

    async def wipe_expired_results(self, *, now: float) -> None:
        """Wipe the addresses of pictures that their services don't keep any longer."""
        open_ = state_is(jobs, "waiting") | IN_PROGRESS
        expired = open_ & jobs.c.results.is_not(None) & (jobs.c.results_until <= now)
        await self._updates.change(expired, results=None, results_until=None)

    async def release_all(self) -> None:
        """Expire all leases, at the start of a process that has the database to itself."""
        await self._updates.change(IN_PROGRESS, notifies=True, lease=0.0)

    async def release_worker(self, worker: str) -> None:
        """Release the jobs of a worker that stops gracefully."""
        theirs = IN_PROGRESS & (jobs.c.worker == worker)
        await self._updates.change(theirs, notifies=True, requeues=True, **RELEASED)

    async def extend_lease(self, job: Job, worker: str, until: float) -> bool:
        """Extend the lease of a job that is about to be delivered; False if another worker has it."""
        return await self._updates.step(job, worker, None, retry_for=RETRY_SHORT, lease=until) is not None

    async def postpone(self, job: Job, worker: str, *, until: float) -> None:
        """Retry the next step at ``until`` or later; a drawn job stays with the worker that drew it."""
        running = jobs.c.state == "running"
        await self._updates.step(
            job,
            worker,
            None,
            run_at=until,
            # No lease, as its worker may be busy with other jobs and would renew it forever.
            worker=case((running, None), else_=jobs.c.worker),
            lease=case((running, until), else_=None),
        )

    async def hand_over(self, job: Job, worker: str, *, after: float) -> None:
        """Let any worker deliver the outcome after ``after``."""
        await self._updates.step(job, worker, None, worker=None, lease=after)

    async def renew_leases(self, job_ids: Collection[int], worker: str, lease: float) -> set[int]:
        """Extend the leases of these jobs until ``lease``; return the ids that this worker still holds."""
        # A job without a lease was postponed: its task is about to end, and a lease would delay the retry.
        held = jobs.c.id.in_(job_ids) & (jobs.c.worker == worker) & jobs.c.lease.is_not(None) & IN_PROGRESS
        return {job.id for job in await self._updates.change(held, lease=lease)}
