"""Claims jobs, generates their pictures and completes each one."""

from __future__ import annotations

import asyncio
import logging
import math
import random
import shutil
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

from bot.domain.errors import BotError, RelayDown
from bot.domain.models import Generating, Job, Progress, QueuePosition, RetryScheduled, Waiting
from bot.domain.ports import Delivery
from bot.domain.retry import RetryDecision, decide_retry
from bot.store.queue.jobs import JobStore
from bot.worker.completion import DEFAULT_LEASE, Completion, describe
from bot.worker.generation import PictureGenerator
from bot.worker.lease import LeaseLost

log = logging.getLogger(__name__)


class Runner:
    """Runs jobs; it looks at the queue when notified and on ``tick``.

    All runners together generate ``capacity`` pictures at once, this one at most ``own_capacity`` of them.
    """

    def __init__(
        self,
        jobs: JobStore,
        generator: PictureGenerator,
        completion: Completion,
        delivery: Delivery,
        *,
        worker: str,
        spool: Path,
        capacity: int,
        own_capacity: int | None = None,
        clock: Callable[[], float],
        lease: float = DEFAULT_LEASE,
        jitter: Callable[[], float] = random.random,
    ) -> None:
        self._jobs = jobs
        self._generator = generator
        self._completion = completion
        self._delivery = delivery
        self._worker = worker
        self._spool = spool
        self._capacity = capacity
        self._own_capacity = own_capacity
        self._clock = clock
        self._lease = lease
        self._jitter = jitter
        self._tasks: dict[int, asyncio.Task[None]] = {}
        self._generating: dict[int, int] = {}
        """The jobs being generated, and how many pictures of each concurrently."""
        self._estimates: dict[int, tuple[Job, float]] = {}
        """Those of them whose cards don't show a delay yet, each with its estimated end."""
        self._pump: asyncio.Task[None] | None = None
        self._pump_again = False
        self._draining = False
        self._renew_at = 0.0
        self._maintain_at = 0.0
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

    async def drain(self, grace: float) -> None:
        """Claim no more jobs, give the running ones ``grace`` seconds, then put them back in the queue."""
        self._draining = True
        if self._pump is not None:
            await asyncio.wait({self._pump})
        tasks = list(self._tasks.values())
        if tasks:
            log.info("waiting up to %g s for %d running jobs", grace, len(tasks))
            _, late = await asyncio.wait(tasks, timeout=grace)
            for task in late:
                task.cancel()
            await asyncio.gather(*late, return_exceptions=True)
        await self._jobs.release_worker(self._worker)
        await self._sweep()

    async def _pump_until_idle(self) -> None:
        try:
            again = True
            while again and not self._draining:
                self._pump_again = False
                await self._pump_once()
                again = self._pump_again
        except Exception:
            log.exception("the queue could not be read; retrying soon")
            self._maintain_at = self._clock() + 1
        finally:
            self._pump = None

    async def _pump_once(self) -> None:
        now = self._clock()
        until = now + self._lease
        # Renew before recovering: after a long pause this worker keeps what nobody took over.
        held = await self._renew_leases()
        await self._show_delays(held, now=now, until=until)
        maintenance_due = now >= self._maintain_at
        if maintenance_due:
            await self._jobs.recover_expired_leases(now=now)
        for job in await self._claim(now, until):
            self._generating[job.id] = job.abreast
            self._spawn(job, self._run(job))
        deferred = self._completion.deferred_jobs()
        for job in await self._jobs.claim_undelivered(self._worker, now=now, lease=until, exclude=deferred):
            self._spawn(job, self._completion.complete(job))
        self._wake_at = await self._jobs.next_run_at(now=now)
        if maintenance_due:
            await self._sweep()
            self._maintain_at = now + self._lease / 6

    async def _renew_leases(self) -> set[int]:
        """Renew the leases of all running jobs, stop those that were lost, and return the others' ids."""
        now, tasks = self._clock(), dict(self._tasks)
        held = await self._jobs.renew_leases(tasks, self._worker, now + self._lease) if tasks else set[int]()
        self._renew_at = now + self._lease / 6
        for job_id, task in tasks.items():
            # The job may have been claimed anew meanwhile.
            if job_id in self._generating and job_id not in held and self._tasks.get(job_id) is task:
                task.cancel()
        return held

    async def _claim(self, now: float, until: float) -> list[Job]:
        held = sum(self._generating.values())
        return await self._jobs.claim(
            self._worker,
            capacity=self._capacity,
            worker_capacity=self._own_capacity,
            worker_load=held,
            now=now,
            lease=until,
        )

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
        self._estimates.pop(job_id, None)

    async def _run_guarded(self, job: Job, work: Coroutine[Any, Any, None]) -> None:
        try:
            await work
        except (asyncio.CancelledError, LeaseLost):
            log.info("job %s stopped", job.id)
            await self._follow_up(job, self._clean_up_stopped(job))
        except Exception:
            log.exception("job %s failed unexpectedly; it will be resumed", job.id)
            await self._follow_up(
                job, self._jobs.postpone(job, self._worker, until=self._next_delivery_at(job))
            )
        else:
            self.pump()

    async def _follow_up(self, job: Job, work: Coroutine[Any, Any, None]) -> None:
        """Run the follow-up to a failure; if that fails too, the lease expires."""
        try:
            await work
        except Exception:
            log.exception("job %s is left until its lease expires", job.id)

    async def _clean_up_stopped(self, job: Job) -> None:
        """Edit the card of a cancelled or deleted job last, so that no progress overwrites it."""
        found = await self._jobs.get(job.id)
        if found is None or found.state == "cancelled":
            await self._delivery.cancel(job)
        await self._sweep()

    async def _run(self, job: Job) -> None:
        try:
            generated, _ = await asyncio.gather(
                self._generator.generate(job), self._estimate(job), return_exceptions=True
            )
        finally:
            self._generation_ended(job.id)
        if isinstance(generated, BaseException):
            raise generated
        pictures, error = generated
        if error is not None and (retry := self._decide_retry(job, error)) is not None:
            log.info("job %s, attempt %d: %s", job.id, job.attempts, describe(error))
            run_at = retry.run_at
            if await self._jobs.requeue(job, self._worker, run_at=run_at, counts=retry.counts):
                await self._delivery.progress(job, _retry_progress(error, run_at), until=run_at)
            return
        if error is not None:
            level = logging.ERROR if error.key in ("operator", "unexpected") else logging.WARNING
            log.log(
                level, "job %s ends without a picture: %s", job.id, describe(error), exc_info=error.__cause__
            )
        if error is not None and not pictures:
            finished = await self._jobs.mark_failed(job, self._worker, error.key, error.facts)
        else:
            problem = error.key if error else None
            finished = await self._jobs.mark_drawn(
                job, self._worker, pictures, now=self._clock(), problem=problem
            )
        if finished is not None:
            # Its capacity is free: the next job needn't wait for this one's delivery.
            self.pump()
            await self._completion.complete(finished)

    async def _estimate(self, job: Job) -> None:
        until = self._clock() + self._lease
        rounds = math.ceil(job.draft.count / job.abreast)
        ready_at = self._clock() + rounds * await self._jobs.typical_duration(job.draft.request.size)
        self._estimates[job.id] = job, ready_at
        await self._delivery.progress(job, Generating(ready_at=ready_at), until=until)

    async def _show_delays(self, held: set[int], *, now: float, until: float) -> None:
        """Update the cards of jobs that are past their estimated end."""
        late = [(job, at) for job, at in self._estimates.values() if job.id in held and at <= now]
        for job, ready_at in late:
            del self._estimates[job.id]
            await self._delivery.progress(job, Generating(ready_at=ready_at), until=until)

    def _decide_retry(self, job: Job, error: BotError) -> RetryDecision | None:
        now, jitter = self._clock(), self._jitter()
        return decide_retry(error, attempts=job.attempts, now=now, deadline=job.deadline, jitter=jitter)

    async def _sweep(self) -> None:
        """Delete the spool folders of finished jobs."""
        # In this order: a job accepted in between has no folder in this list.
        folders = await asyncio.to_thread(lambda: list(self._spool.glob("[0-9]*")))
        open_ = await self._jobs.open_ids()
        for folder in folders:
            if folder.name.isdecimal() and int(folder.name) not in open_:
                await asyncio.to_thread(shutil.rmtree, folder, ignore_errors=True)

    def _next_delivery_at(self, job: Job) -> float:
        """Return when to retry a delivery: the older the request, the longer the pause."""
        now = self._clock()
        return now + min(max((now - job.created_at) / 4, self._lease / 6), 600.0)


def _retry_progress(error: BotError, run_at: float) -> Progress:
    if isinstance(error, RelayDown):
        return Waiting(place=QueuePosition(ahead=0, starts_at=run_at, down=True))
    return RetryScheduled(problem=error.key, run_at=run_at)
