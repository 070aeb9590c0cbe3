"""Shows on cards when pictures are expected, and once more if they take longer."""

from __future__ import annotations

import math
from collections.abc import Collection

from bot.domain.models import Generating, Job
from bot.domain.ports import Clock, Delivery
from bot.store.queue.jobs import JobStore
from bot.worker.config import WorkerConfig


class Estimates:
    """Estimates the end of each running job from the last jobs of its size."""

    def __init__(self, jobs: JobStore, delivery: Delivery, config: WorkerConfig, clock: Clock) -> None:
        self._jobs = jobs
        self._delivery = delivery
        self._config = config
        self._clock = clock
        self._ready_at: dict[int, tuple[Job, float]] = {}
        """The jobs whose cards don't show a delay yet, each with its estimated end."""

    async def show(self, job: Job) -> None:
        """Show on a job's card when it is expected to end."""
        until = self._clock() + self._config.lease
        rounds = math.ceil(job.draft.count / job.abreast)
        ready_at = self._clock() + rounds * await self._jobs.typical_duration(job.draft.request.size)
        self._ready_at[job.id] = job, ready_at
        await self._delivery.progress(job, Generating(ready_at=ready_at), until=until)

    async def show_delays(self, held: Collection[int]) -> None:
        """Update the cards of jobs past their estimated end, among those this worker holds."""
        now = self._clock()
        late = [(job, at) for job, at in self._ready_at.values() if job.id in held and at <= now]
        for job, ready_at in late:
            del self._ready_at[job.id]
            until = now + self._config.lease
            await self._delivery.progress(job, Generating(ready_at=ready_at), until=until)

    def forget(self, job_id: int) -> None:
        """Show no more delays of a job."""
        self._ready_at.pop(job_id, None)
