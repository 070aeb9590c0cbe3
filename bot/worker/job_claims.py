"""Claims what a worker may begin or deliver, within the limits of the queue and its own."""

from __future__ import annotations

from collections.abc import Sequence

from bot.domain.models import Job
from bot.store.queue.claims import ClaimRequest
from bot.store.queue.jobs import JobStore
from bot.store.queue.polling import Work
from bot.telemetry.recorder import Recorder
from bot.worker.answers.completion import Completion
from bot.worker.claim_guard import ClaimGuard
from bot.worker.config import WorkerConfig


class JobClaims:
    """Claims jobs, except for what ``completion`` leaves to another worker for now."""

    def __init__(
        self,
        jobs: JobStore,
        guard: ClaimGuard,
        completion: Completion,
        config: WorkerConfig,
        recorder: Recorder,
    ) -> None:
        self._jobs = jobs
        self._guard = guard
        self._completion = completion
        self._config = config
        self._recorder = recorder

    @property
    def problem(self) -> str | None:
        """Why no jobs were claimed when that was last tried, in a few words; None if they were."""
        return self._guard.problem

    async def claim(self, now: float, *, load: int) -> Work:
        """Claim jobs for a worker that generates ``load`` pictures."""
        limits, config = self._jobs.limits, self._config
        request = ClaimRequest(
            worker=config.name,
            lease=now + config.lease,
            capacity=config.capacity,
            worker_capacity=limits.worker_capacity(config.capacity, config.worker_capacity),
            worker_load=load,
            now=now,
        )
        may_claim = await self._guard.may_claim()
        work = await self._jobs.poll(request, may_claim=may_claim, exclude=self._completion.deferred_jobs())
        self._record_waits(work.to_run, now)
        return work

    async def use_fallbacks(self, work: Work, now: float) -> bool:
        """Move waiting jobs to other models where services are down; return whether any was moved."""
        if not work.down or not self._jobs.limits.has_fallbacks:
            return False
        return bool(await self._jobs.use_fallbacks(now=now))

    def _record_waits(self, claimed: Sequence[Job], now: float) -> None:
        for job in claimed:
            if job.attempts == 1:
                self._recorder.waited(now - job.created_at)
