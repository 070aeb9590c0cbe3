"""The tasks in which a worker runs its jobs."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Coroutine
from typing import Any

from bot.domain.local_failures import local_failure
from bot.domain.models import Job
from bot.domain.ports import Clock
from bot.store.errors import log_failure
from bot.telemetry.log_context import log_fields
from bot.worker.claim_guard import ClaimGuard
from bot.worker.held_jobs import HeldJobs
from bot.worker.lease import LeaseLost
from bot.worker.pipeline import JobPipeline
from bot.worker.spool import JobFolders

log = logging.getLogger(__name__)

_MAX_DELIVERY_PAUSE = 600.0
"""Seconds between two attempts at a delivery."""


class JobTasks:
    """Runs each job in a task of its own, and sees to those that fail or are stopped.

    ``min_pause``: seconds between two attempts at a delivery.
    """

    def __init__(
        self,
        jobs: HeldJobs,
        pipeline: JobPipeline,
        claim_guard: ClaimGuard,
        folders: JobFolders,
        clock: Clock,
        *,
        min_pause: float,
    ) -> None:
        self._jobs = jobs
        self._pipeline = pipeline
        self._claim_guard = claim_guard
        self._folders = folders
        self._clock = clock
        self._min_pause = min_pause
        self._tasks: dict[int, asyncio.Task[None]] = {}
        self._generating: dict[int, int] = {}
        """The jobs being generated, and how many pictures of each concurrently."""

    @property
    def running(self) -> int:
        """The number of jobs that are being generated or delivered."""
        return len(self._tasks)

    @property
    def load(self) -> int:
        """The number of pictures that are being generated."""
        return sum(self._generating.values())

    @property
    def generating(self) -> set[int]:
        """The ids of the jobs that are being generated."""
        return set(self._generating)

    def run(self, job: Job, pump: Callable[[], object]) -> None:
        """Run a claimed job; call ``pump`` when its capacity is free and when it is answered."""
        self._generating[job.id] = job.abreast
        generate = self._pipeline.run(
            job, on_generated=lambda: self._generating.pop(job.id, None), on_recorded=pump
        )
        self._spawn(job, generate, pump)

    def deliver(self, job: Job, pump: Callable[[], object]) -> None:
        """Deliver the outcome of a job; call ``pump`` when it is answered."""
        self._spawn(job, self._pipeline.deliver(job), pump)

    async def renew_leases(self) -> set[int]:
        """Renew the leases of all running jobs, stop those that were lost, and return the others' ids."""
        tasks = dict(self._tasks)
        held = await self._jobs.renew_leases(tasks) if tasks else set[int]()
        for job_id, task in tasks.items():
            # The job may have been claimed anew meanwhile.
            if job_id in self._generating and job_id not in held and self._tasks.get(job_id) is task:
                task.cancel()
        return held

    async def drain(self, grace: float) -> None:
        """Give the running jobs ``grace`` seconds, then put them back in the queue."""
        tasks = list(self._tasks.values())
        if tasks:
            log.info("waiting up to %g s for %d running jobs", grace, len(tasks))
            _, late = await asyncio.wait(tasks, timeout=grace)
            for task in late:
                task.cancel()
            await asyncio.gather(*late, return_exceptions=True)
        await self._jobs.release()

    def _spawn(self, job: Job, work: Coroutine[Any, Any, None], pump: Callable[[], object]) -> None:
        if job.id in self._tasks:
            work.close()
            return
        guarded = self._run_guarded(job, work, pump)
        task = self._tasks[job.id] = asyncio.create_task(guarded, name=f"job {job.id}")
        task.add_done_callback(lambda _: self._forget(job.id))

    def _forget(self, job_id: int) -> None:
        self._tasks.pop(job_id, None)
        self._generating.pop(job_id, None)

    async def _run_guarded(
        self, job: Job, work: Coroutine[Any, Any, None], pump: Callable[[], object]
    ) -> None:
        with log_fields(job_id=job.id, guild_id=job.requester.guild_id):
            try:
                await work
            except (asyncio.CancelledError, LeaseLost):
                log.info("job %s stopped", job.id)
                await self._follow_up(job, self._clean_up_stopped(job))
            except Exception as error:
                log_failure(log, error, "job %s failed unexpectedly; it will be resumed", job.id)
                if (failure := local_failure(error)) is not None:
                    self._claim_guard.report(failure)
                await self._follow_up(job, self._jobs.postpone(job, until=self._next_delivery_at(job)))
            else:
                pump()

    async def _follow_up(self, job: Job, work: Coroutine[Any, Any, None]) -> None:
        """Run the follow-up to a failure; if that fails too, the lease expires."""
        try:
            await work
        except Exception as error:
            log_failure(log, error, "job %s is left until its lease expires", job.id)

    async def _clean_up_stopped(self, job: Job) -> None:
        await self._pipeline.show_stopped(job)
        await self._folders.sweep()

    def _next_delivery_at(self, job: Job) -> float:
        """Return when to retry a delivery: the older the request, the longer the pause."""
        now = self._clock()
        return now + min(max((now - job.created_at) / 4, self._min_pause), _MAX_DELIVERY_PAUSE)
