"""Claims jobs, runs them, and sees each one through to its answer."""

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
from bot.domain.models import Drawing as BeingDrawn
from bot.domain.models import Job, Place, Progress, Retrying, Waiting
from bot.domain.retry import Again, again
from bot.store.queue.jobs import JobStore
from bot.worker.completion import LEASE, Delivery, LostJob, Telling, describe
from bot.worker.generation import Drawing

log = logging.getLogger(__name__)


class Runner:
    """Runs jobs; it pumps when something happens and on ``tick``.

    All runners together draw ``capacity`` pictures at once, this one at most ``own`` of them.
    """

    def __init__(
        self,
        jobs: JobStore,
        drawing: Drawing,
        telling: Telling,
        delivery: Delivery,
        *,
        worker: str,
        spool: Path,
        capacity: int,
        own: int | None = None,
        clock: Callable[[], float],
        lease: float = LEASE,
        jitter: Callable[[], float] = random.random,
    ) -> None:
        self._jobs = jobs
        self._drawing = drawing
        self._telling = telling
        self._delivery = delivery
        self._worker = worker
        self._spool = spool
        self._capacity = capacity
        self._own = own
        self._clock = clock
        self._lease = lease
        self._jitter = jitter
        self._tasks: dict[int, asyncio.Task[None]] = {}
        self._drawn_here: dict[int, int] = {}
        """The jobs that are being drawn, and how many pictures of each at once."""
        self._estimates: dict[int, tuple[Job, float]] = {}
        """Those of them, and when each should be ready, whose cards don't say yet that it takes longer."""
        self._pump: asyncio.Task[None] | None = None
        self._again = False
        self._round_due = False
        self._draining = False
        self._renew_at = 0.0
        self._wake_at: float | None = None

    async def start(self) -> None:
        """Take up what an earlier process left, then begin."""
        if self._jobs.exclusive:
            # Nobody else works on this database, so whoever held something isn't there any more.
            await self._jobs.release()
        self._renew_at = self._clock()
        self.tick()

    def pump(self) -> None:
        """See soon whether there is something to run or to drop."""
        if self._pump is not None:
            self._again = True
        elif not self._draining:
            self._pump = asyncio.create_task(self._turn(), name="pump")

    def tick(self) -> None:
        """Do what time asks for: renew leases, take over lost jobs, wake those whose time has come."""
        now = self._clock()
        if now >= self._renew_at:
            self._renew_at = now + self._lease / 6
            self._round_due = True
            self.pump()
        elif self._wake_at is not None and now >= self._wake_at:
            self.pump()

    async def drain(self, grace: float) -> None:
        """Take no more jobs, give the running ones ``grace`` seconds, then put them back in line."""
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
        await self._jobs.give_back(self._worker)
        await self._sweep()

    async def _turn(self) -> None:
        try:
            again = True
            while again and not self._draining:
                self._again = False
                await self._look()
                again = self._again
        except Exception:
            log.exception("the queue could not be read; trying again soon")
            self._renew_at = self._clock() + 1
        finally:
            self._pump = None

    async def _look(self) -> None:
        now = self._clock()
        until = now + self._lease
        # Its own first: after a long pause they are still its own where nobody took them.
        held = await self._jobs.renew(self._tasks.keys(), self._worker, until) if self._tasks else set[int]()
        for job_id, task in self._tasks.items():
            if job_id in self._drawn_here and job_id not in held:
                task.cancel()
        await self._admit_delays(held, now=now, until=until)
        round_due, self._round_due = self._round_due, False
        if round_due:
            await self._jobs.take_over(now=now)
        for job in await self._claim(now, until):
            self._drawn_here[job.id] = job.abreast
            self._spawn(job, self._run(job))
        elsewhere = self._telling.elsewhere()
        for job in await self._jobs.claim_untold(self._worker, now=now, lease=until, but=elsewhere):
            self._spawn(job, self._telling.tell(job))
        self._wake_at = await self._jobs.next_run_at(now=now)
        if round_due:
            await self._sweep()

    async def _claim(self, now: float, until: float) -> list[Job]:
        held = sum(self._drawn_here.values())
        return await self._jobs.claim(
            self._worker, capacity=self._capacity, own=self._own, held=held, now=now, lease=until
        )

    def _spawn(self, job: Job, work: Coroutine[Any, Any, None]) -> None:
        if job.id in self._tasks:
            work.close()
            return
        task = self._tasks[job.id] = asyncio.create_task(self._guarded(job, work), name=f"job {job.id}")
        task.add_done_callback(lambda _: self._forget(job.id))

    def _forget(self, job_id: int) -> None:
        self._tasks.pop(job_id, None)
        self._no_longer_drawn(job_id)

    def _no_longer_drawn(self, job_id: int) -> None:
        self._drawn_here.pop(job_id, None)
        self._estimates.pop(job_id, None)

    async def _guarded(self, job: Job, work: Coroutine[Any, Any, None]) -> None:
        try:
            await work
        except (asyncio.CancelledError, LostJob):
            log.info("job %s stopped", job.id)
            await self._safely(job, self._leave(job))
        except Exception:
            log.exception("job %s stumbled; it will be taken up again", job.id)
            await self._safely(job, self._jobs.postpone(job, self._worker, until=self._later(job)))
        else:
            self.pump()

    async def _safely(self, job: Job, work: Coroutine[Any, Any, None]) -> None:
        """Do what comes after a failure; where that fails too, the lease will end."""
        try:
            await work
        except Exception:
            log.exception("job %s is left to whoever comes when its lease is over", job.id)

    async def _leave(self, job: Job) -> None:
        """Have the last word on the card of a cancelled or deleted job, lest news come after that."""
        found = await self._jobs.get(job.id)
        if found is None or found.state == "cancelled":
            await self._delivery.cancel(job)
        await self._sweep()

    async def _run(self, job: Job) -> None:
        try:
            drawing, _ = await asyncio.gather(
                self._drawing.draw(job), self._estimate(job), return_exceptions=True
            )
        finally:
            self._no_longer_drawn(job.id)
        if isinstance(drawing, BaseException):
            raise drawing
        pictures, error = drawing
        if error is not None and (next_try := self._next_try(job, error)) is not None:
            log.info("job %s, try %d: %s", job.id, job.attempts, describe(error))
            run_at = next_try.run_at
            if await self._jobs.retry(job, self._worker, run_at=run_at, counts=next_try.counts):
                await self._delivery.progress(job, _news(error, run_at), until=run_at)
            return
        if error is not None:
            level = logging.ERROR if error.key in ("operator", "unexpected") else logging.WARNING
            log.log(
                level, "job %s ends without a picture: %s", job.id, describe(error), exc_info=error.__cause__
            )
        if error is not None and not pictures:
            settled = await self._jobs.failed(job, self._worker, error.key, error.facts)
        else:
            problem = error.key if error else None
            settled = await self._jobs.drawn(job, self._worker, pictures, now=self._clock(), problem=problem)
        if settled is not None:
            # Its place is free: the next one needn't wait until this one is told.
            self.pump()
            await self._telling.tell(settled)

    async def _estimate(self, job: Job) -> None:
        until = self._clock() + self._lease
        rounds = math.ceil(job.draft.count / job.abreast)
        ready_at = self._clock() + rounds * await self._jobs.usual_duration(job.draft.request.size)
        self._estimates[job.id] = job, ready_at
        await self._delivery.progress(job, BeingDrawn(ready_at=ready_at), until=until)

    async def _admit_delays(self, held: set[int], *, now: float, until: float) -> None:
        """Show once more how far those are that should be ready by now."""
        late = [(job, at) for job, at in self._estimates.values() if job.id in held and at <= now]
        for job, ready_at in late:
            del self._estimates[job.id]
            await self._delivery.progress(job, BeingDrawn(ready_at=ready_at), until=until)

    def _next_try(self, job: Job, error: BotError) -> Again | None:
        now, jitter = self._clock(), self._jitter()
        return again(error, tries=job.attempts, now=now, deadline=job.deadline, jitter=jitter)

    async def _sweep(self) -> None:
        """Delete the spool folders of jobs that are over."""
        # In this order: a job that is accepted in between has no folder among these.
        folders = await asyncio.to_thread(lambda: list(self._spool.glob("[0-9]*")))
        open_ = await self._jobs.open_ids()
        for folder in folders:
            if folder.name.isdecimal() and int(folder.name) not in open_:
                await asyncio.to_thread(shutil.rmtree, folder, ignore_errors=True)

    def _later(self, job: Job) -> float:
        """Return when to try a delivery again: the older the request, the longer the pause."""
        now = self._clock()
        return now + min(max((now - job.created_at) / 4, self._lease / 6), 600.0)


def _news(error: BotError, run_at: float) -> Progress:
    if isinstance(error, RelayDown):
        return Waiting(place=Place(ahead=0, starts_at=run_at, down=True))
    return Retrying(problem=error.key, run_at=run_at)
