"""Shows on cards which pictures are drawn, when the rest is expected, and once more if it takes longer."""

from __future__ import annotations

import math
from collections.abc import Collection, Sequence

from cachetools import TTLCache

from bot.domain.models import Generating, ImageRequest, Job, Picture, Size
from bot.domain.ports import Clock, Delivery
from bot.store.queue.jobs import JobStore
from bot.worker.config import WorkerConfig

_MOST_TYPICAL = 100
_TYPICAL_TTL = 10.0
"""Seconds for which a typical duration is reused: every job needs one, and each costs a query."""


class Estimates:
    """Estimates the end of each running job from the last ones of its model and size."""

    def __init__(self, jobs: JobStore, delivery: Delivery, config: WorkerConfig, clock: Clock) -> None:
        self._jobs = jobs
        self._delivery = delivery
        self._config = config
        self._clock = clock
        self._typical = TTLCache[tuple[str | None, Size], float](_MOST_TYPICAL, _TYPICAL_TTL, timer=clock)
        self._ready_at: dict[int, float] = {}
        """The estimated ends of jobs."""
        self._on_time: dict[int, Job] = {}
        """The jobs whose cards don't show a delay yet."""
        self._drawn: dict[int, Sequence[Picture]] = {}
        """The pictures that jobs have so far."""

    async def show(self, job: Job) -> None:
        """Show on a job's card when it is expected to end."""
        ready_at = self._clock() + await self._expected_duration(job)
        self._ready_at[job.id] = ready_at
        self._on_time[job.id] = job
        await self._progress(job, ready_at)

    async def show_drawn(self, job: Job, pictures: Sequence[Picture]) -> None:
        """Show those of a job's pictures that are drawn already."""
        self._drawn[job.id] = pictures
        # Before the first estimate there is nothing to show them with.
        if (ready_at := self._ready_at.get(job.id)) is not None:
            await self._progress(job, ready_at)

    async def show_delays(self, held: Collection[int]) -> None:
        """Update the cards of jobs past their estimated end, among those this worker holds."""
        now = self._clock()
        late = [job for job in self._on_time.values() if job.id in held and self._ready_at[job.id] <= now]
        for job in late:
            del self._on_time[job.id]
            await self._progress(job, self._ready_at[job.id])

    def forget(self, job_id: int) -> None:
        """Show nothing more of a job."""
        for about in (self._ready_at, self._on_time, self._drawn):
            about.pop(job_id, None)

    async def _expected_duration(self, job: Job) -> float:
        """Return the seconds that a job takes; a comparison is as long as if its first model drew it all."""
        rounds = max(map(len, job.slots), default=math.ceil(job.draft.count / job.abreast))
        return rounds * await self._typical_duration(job.draft.request)

    async def _typical_duration(self, request: ImageRequest) -> float:
        key = request.model, request.size
        known = self._typical.get(key)
        if known is None:
            known = self._typical[key] = await self._jobs.typical_duration(request.size, request.model)
        return known

    async def _progress(self, job: Job, ready_at: float) -> None:
        progress = Generating(ready_at=ready_at, pictures=tuple(self._drawn.get(job.id, ())))
        await self._delivery.progress(job, progress, until=self._clock() + self._config.lease)
