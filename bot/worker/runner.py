"""Claims jobs and runs them; looks at the queue when something happens or is due."""

from __future__ import annotations

import asyncio
import logging

from bot.domain.ports import Clock
from bot.store.errors import log_failure
from bot.worker.config import WorkerConfig
from bot.worker.estimates import Estimates
from bot.worker.job_claims import JobClaims
from bot.worker.job_tasks import JobTasks
from bot.worker.maintenance import QueueMaintenance

log = logging.getLogger(__name__)


class Runner:
    """Runs jobs; it looks at the queue when notified and on ``tick``."""

    def __init__(
        self,
        claims: JobClaims,
        tasks: JobTasks,
        maintenance: QueueMaintenance,
        estimates: Estimates,
        config: WorkerConfig,
        clock: Clock,
    ) -> None:
        self._claims = claims
        self._tasks = tasks
        self._maintenance = maintenance
        self._estimates = estimates
        self._config = config
        self._clock = clock
        self._pump: asyncio.Task[None] | None = None
        self._pump_again = False
        self._draining = False
        self._renew_at = 0.0
        self._wake_at: float | None = None

    async def start(self) -> None:
        """Recover what an earlier process left behind, then begin."""
        await self._maintenance.start()
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
        if self._maintenance.is_due or (self._wake_at is not None and self._clock() >= self._wake_at):
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
        return self._tasks.running

    def problem(self) -> str | None:
        """Return why this worker begins no jobs, in a few words; None when nothing keeps it from that."""
        if self._draining:
            return "stopping"
        if self._clock() > self._renew_at + self._config.lease:
            return "leases are not renewed"
        return self._claims.problem

    async def drain(self, grace: float) -> None:
        """Claim no more jobs, give the running ones ``grace`` seconds, then put them back in the queue."""
        self._draining = True
        await self.wait_for_pump()
        await self._tasks.drain(grace)
        await self._maintenance.stop()

    async def _pump_until_idle(self) -> None:
        try:
            again = True
            while again and not self._draining:
                self._pump_again = False
                await self._pump_once()
                again = self._pump_again
        except Exception as error:
            log_failure(log, error, "the queue could not be read; retrying soon")
            self._maintenance.retry_soon()
        finally:
            self._pump = None

    async def _pump_once(self) -> None:
        now = self._clock()
        # Renew before recovering: after a long pause this worker keeps what nobody took over.
        held = await self._renew_leases() if now >= self._renew_at else self._tasks.generating
        await self._estimates.show_delays(held)
        maintenance_due = self._maintenance.is_due
        if maintenance_due:
            await self._maintenance.recover(now)
        await self._start_work(now)
        if maintenance_due:
            await self._maintenance.finish(now)

    async def _start_work(self, now: float) -> None:
        generating = len(self._tasks.generating)
        work = await self._claims.claim(now, load=self._tasks.load)
        for job in work.to_run:
            self._tasks.run(job, self.pump)
        for job in work.to_deliver:
            self._tasks.deliver(job, self.pump)
        self._wake_at = work.next_run_at
        if await self._claims.use_fallbacks(work, now):
            self.pump()
        if work.running < generating:
            # Some were cancelled, deleted or taken over.
            await self._renew_leases()

    async def _renew_leases(self) -> set[int]:
        """Renew the leases of all running jobs; return the ids of those that this worker still holds."""
        now = self._clock()
        held = await self._tasks.renew_leases()
        self._renew_at = now + self._config.renew_interval
        return held
