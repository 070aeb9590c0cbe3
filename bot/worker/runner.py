"""Claims jobs, generates their pictures and completes each one."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Coroutine
from dataclasses import replace
from typing import Any

from bot.domain.local_failures import local_failure
from bot.domain.models import Job
from bot.domain.ports import Clock
from bot.store.errors import log_failure
from bot.store.queue.claims import ClaimRequest
from bot.store.queue.jobs import JobStore
from bot.telemetry.log_context import log_fields
from bot.telemetry.recorder import Recorder
from bot.worker import spool
from bot.worker.claim_guard import ClaimGuard
from bot.worker.completion import Completion
from bot.worker.config import WorkerConfig
from bot.worker.estimates import Estimates
from bot.worker.generation.generator import PictureGenerator
from bot.worker.lease import LeaseLost
from bot.worker.outcomes import OutcomeRecorder
from bot.worker.spool import AnsweredFolders

log = logging.getLogger(__name__)

_WIPE_INTERVAL = 60.0
"""Seconds between two searches for expired interaction tokens and addresses of results."""
_MAX_DELIVERY_PAUSE = 600.0
"""Seconds between two attempts at a delivery."""


class Runner:
    """Runs jobs; it looks at the queue when notified and on ``tick``."""

    def __init__(
        self,
        jobs: JobStore,
        generator: PictureGenerator,
        estimates: Estimates,
        outcomes: OutcomeRecorder,
        completion: Completion,
        claim_guard: ClaimGuard,
        config: WorkerConfig,
        answered: AnsweredFolders,
        clock: Clock,
        recorder: Recorder,
    ) -> None:
        self._jobs = jobs
        self._generator = generator
        self._estimates = estimates
        self._outcomes = outcomes
        self._completion = completion
        self._claim_guard = claim_guard
        self._config = config
        self._answered = answered
        self._clock = clock
        self._recorder = recorder
        self._tasks: dict[int, asyncio.Task[None]] = {}
        self._generating: dict[int, int] = {}
        """The jobs being generated, and how many pictures of each concurrently."""
        self._pump: asyncio.Task[None] | None = None
        self._pump_again = False
        self._draining = False
        self._renew_at = 0.0
        self._maintain_at = 0.0
        self._wipe_tokens_at = 0.0
        self._wake_at: float | None = None

    async def start(self) -> None:
        """Recover what an earlier process left behind, then begin."""
        if self._jobs.exclusive:
            # No other process works on this database, so every lease belongs to a dead one.
            await self._jobs.release_all()
        self.tick()

    def pump(self) -> None:
        """Look at the queue soon for jobs to run or to drop."""
        if self._pump is not None:
            self._pump_again = True
        elif not self._draining:
            self._pump = asyncio.create_task(self._pump_until_idle(), name="pump")

    async def wait_for_pump(self) -> None:
        """Wait until the queue has been looked at as often as it was to be."""
        if self._pump is not None:
            await asyncio.wait({self._pump})

    def tick(self) -> None:
        """Look at the queue when that is due by time: for maintenance or for a scheduled job."""
        now = self._clock()
        if now >= self._maintain_at or (self._wake_at is not None and now >= self._wake_at):
            self.pump()

    async def heartbeat(self) -> None:
        """Renew the leases of this worker's jobs when due.

        Call it once a second, also during ``drain``, from a task that waits for nothing else.
        """
        if self._clock() >= self._renew_at:
            await self._renew_leases()

    @property
    def running(self) -> int:
        """The number of jobs that are being generated or delivered."""
        return len(self._tasks)

    def problem(self) -> str | None:
        """Return why this worker begins no jobs, in a few words; None when nothing keeps it from that."""
        if self._draining:
            return "stopping"
        if self._clock() > self._renew_at + self._config.lease:
            return "leases are not renewed"
        return self._claim_guard.problem

    async def drain(self, grace: float) -> None:
        """Claim no more jobs, give the running ones ``grace`` seconds, then put them back in the queue."""
        self._draining = True
        await self.wait_for_pump()
        tasks = list(self._tasks.values())
        if tasks:
            log.info("waiting up to %g s for %d running jobs", grace, len(tasks))
            _, late = await asyncio.wait(tasks, timeout=grace)
            for task in late:
                task.cancel()
            await asyncio.gather(*late, return_exceptions=True)
        await self._jobs.release_worker(self._config.name)
        self._answered.clear()
        await self._sweep()

    async def _pump_until_idle(self) -> None:
        try:
            again = True
            while again and not self._draining:
                self._pump_again = False
                await self._pump_once()
                again = self._pump_again
        except Exception as error:
            log_failure(log, error, "the queue could not be read; retrying soon")
            self._maintain_at = self._clock() + 1
        finally:
            self._pump = None

    async def _pump_once(self) -> None:
        now = self._clock()
        # Renew before recovering: after a long pause this worker keeps what nobody took over.
        held = await self._renew_leases() if now >= self._renew_at else set(self._generating)
        await self._estimates.show_delays(held)
        maintenance_due = now >= self._maintain_at
        if maintenance_due:
            self._recorder.recovered(await self._jobs.recover_expired_leases(now=now))
            await self._wipe_tokens(now)
        await self._start_work(now)
        if maintenance_due:
            await self._sweep()
            self._maintain_at = now + self._config.renew_interval

    async def _wipe_tokens(self, now: float) -> None:
        if now >= self._wipe_tokens_at:
            await self._jobs.wipe_expired_tokens(now=now)
            await self._jobs.wipe_expired_results(now=now)
            self._wipe_tokens_at = now + _WIPE_INTERVAL

    async def _renew_leases(self) -> set[int]:
        """Renew the leases of all running jobs, stop those that were lost, and return the others' ids."""
        now, tasks = self._clock(), dict(self._tasks)
        lease = now + self._config.lease
        held = await self._jobs.renew_leases(tasks, self._config.name, lease) if tasks else set[int]()
        self._renew_at = now + self._config.renew_interval
        for job_id, task in tasks.items():
            # The job may have been claimed anew meanwhile.
            if job_id in self._generating and job_id not in held and self._tasks.get(job_id) is task:
                task.cancel()
        return held

    async def _start_work(self, now: float) -> None:
        limits, config = self._jobs.limits, self._config
        request = ClaimRequest(
            worker=config.name,
            lease=now + config.lease,
            capacity=config.capacity,
            worker_capacity=limits.worker_capacity(config.capacity, config.worker_capacity),
            worker_load=sum(self._generating.values()),
            now=now,
        )
        may_claim, generating = await self._claim_guard.may_claim(), len(self._generating)
        exclude = self._completion.deferred_jobs()
        work = await self._jobs.poll(request, may_claim=may_claim, exclude=exclude)
        for job in work.to_run:
            if job.attempts == 1:
                self._recorder.waited(now - job.created_at)
            self._generating[job.id] = job.abreast
            self._spawn(job, self._run(job))
        for job in work.to_deliver:
            self._spawn(job, self._completion.complete(job))
        self._wake_at = work.next_run_at
        if work.down and limits.has_fallbacks and await self._jobs.use_fallbacks(now=now):
            self.pump()
        if work.running < generating:
            # Some were cancelled, deleted or taken over.
            await self._renew_leases()

    def _spawn(self, job: Job, work: Coroutine[Any, Any, None]) -> None:
        if job.id in self._tasks:
            work.close()
            return
        task = self._tasks[job.id] = asyncio.create_task(self._run_guarded(job, work), name=f"job {job.id}")
        task.add_done_callback(lambda _: self._forget(job.id))

    def _forget(self, job_id: int) -> None:
        self._tasks.pop(job_id, None)
        self._generation_ended(job_id)

    def _generation_ended(self, job_id: int) -> None:
        self._generating.pop(job_id, None)
        self._estimates.forget(job_id)

    async def _run_guarded(self, job: Job, work: Coroutine[Any, Any, None]) -> None:
        with log_fields(job_id=job.id, guild_id=job.requester.guild_id):
            await self._run_reported(job, work)

    async def _run_reported(self, job: Job, work: Coroutine[Any, Any, None]) -> None:
        try:
            await work
        except (asyncio.CancelledError, LeaseLost):
            log.info("job %s stopped", job.id)
            await self._follow_up(job, self._clean_up_stopped(job))
        except Exception as error:
            log_failure(log, error, "job %s failed unexpectedly; it will be resumed", job.id)
            if (failure := local_failure(error)) is not None:
                self._claim_guard.report(failure)
            until = self._next_delivery_at(job)
            await self._follow_up(job, self._jobs.postpone(job, self._config.name, until=until))
        else:
            self.pump()

    async def _follow_up(self, job: Job, work: Coroutine[Any, Any, None]) -> None:
        """Run the follow-up to a failure; if that fails too, the lease expires."""
        try:
            await work
        except Exception as error:
            log_failure(log, error, "job %s is left until its lease expires", job.id)

    async def _clean_up_stopped(self, job: Job) -> None:
        await self._completion.show_stopped(job)
        await self._sweep()

    async def _run(self, job: Job) -> None:
        job = await self._completion.with_shown(job)
        try:
            generated, _ = await asyncio.gather(
                self._generator.generate(job), self._estimates.show(job), return_exceptions=True
            )
        finally:
            self._generation_ended(job.id)
        if isinstance(generated, BaseException):
            raise generated
        finished = await self._outcomes.record(job, generated)
        if finished is not None:
            if len(finished.shown) < len(job.shown):
                # It couldn't be recorded.
                finished = replace(finished, shown=job.shown)
            # Its capacity is free: the next job needn't wait for this one's delivery.
            self.pump()
            await self._completion.complete(finished)

    async def _sweep(self) -> None:
        await spool.delete_finished(self._config.spool, self._jobs, keep=self._answered.job_ids())

    def _next_delivery_at(self, job: Job) -> float:
        """Return when to retry a delivery: the older the request, the longer the pause."""
        now = self._clock()
        pause = max((now - job.created_at) / 4, self._config.renew_interval)
        return now + min(pause, _MAX_DELIVERY_PAUSE)
