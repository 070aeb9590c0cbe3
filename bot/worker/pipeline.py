"""The steps of one job: generation, the record of its outcome, delivery."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace

from bot.domain.image_models.services import Services
from bot.domain.models import Job
from bot.telemetry.log_context import log_fields
from bot.worker.answers.completion import Completion
from bot.worker.estimates import Estimates
from bot.worker.generation.generated import Generated
from bot.worker.generation.generator import PictureGenerator
from bot.worker.outcomes import OutcomeRecorder


class JobPipeline:
    """Takes jobs from the claim to the answer."""

    def __init__(
        self,
        generator: PictureGenerator,
        estimates: Estimates,
        outcomes: OutcomeRecorder,
        completion: Completion,
        services: Services,
    ) -> None:
        self._generator = generator
        self._estimates = estimates
        self._outcomes = outcomes
        self._completion = completion
        self._services = services

    async def run(
        self, job: Job, *, on_generated: Callable[[], object], on_recorded: Callable[[], object]
    ) -> None:
        """Generate a job's pictures and deliver them, unless it was put back in the queue.

        ``on_generated`` is called when it takes up no capacity any more, ``on_recorded`` before delivery.
        """
        job = await self._completion.with_shown(job)
        with log_fields(provider=self._provider(job)):
            try:
                generated = await self._generate(job)
            finally:
                self._estimates.forget(job.id)
                on_generated()
            finished = await self._outcomes.record(job, generated)
        if finished is None:
            return
        if len(finished.shown) < len(job.shown):
            # It couldn't be recorded.
            finished = replace(finished, shown=job.shown)
        on_recorded()
        await self._completion.complete(finished)

    async def deliver(self, job: Job) -> None:
        """Deliver the outcome of a job that was generated before."""
        await self._completion.complete(job)

    async def show_stopped(self, job: Job) -> None:
        """Show no more progress of a job that was stopped, and edit the card of a cancelled one last."""
        await self._completion.show_stopped(job)

    def _provider(self, job: Job) -> str | None:
        """Return the service that draws a job; None for a comparison, whose pictures can have several."""
        return None if job.draft.compared else self._services.of(job.draft.request.model)

    async def _generate(self, job: Job) -> Generated:
        generated, _ = await asyncio.gather(
            self._generator.generate(job), self._estimates.show(job), return_exceptions=True
        )
        if isinstance(generated, BaseException):
            raise generated
        return generated
