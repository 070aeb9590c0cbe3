"""Records how a job's generation ended: to be retried, failed or drawn."""

from __future__ import annotations

import logging
import random
from collections.abc import Callable

from bot.domain.errors import BotError, LocalFailure, RelayDown, SizeRefused
from bot.domain.image_models.comparisons import failed_numbers
from bot.domain.models import Job, Progress, QueuePosition, RetryScheduled, Waiting
from bot.domain.ports import Clock, Delivery
from bot.domain.retry import RetryDecision, decide_retry
from bot.worker.answers.completion import describe
from bot.worker.claim_guard import ClaimGuard
from bot.worker.generation.comparison import settle, with_failures
from bot.worker.generation.generated import Generated
from bot.worker.generation.larger_sizes import LargerSizes
from bot.worker.held_jobs import HeldJobs

log = logging.getLogger(__name__)

_HOLD = 7.0
"""Seconds for which a worker holds the card of a job to show why it waits: more than between two edits."""


class OutcomeRecorder:
    """Moves generated jobs to their next state; ``jitter`` returns numbers from 0 to 1."""

    def __init__(
        self,
        jobs: HeldJobs,
        delivery: Delivery,
        claim_guard: ClaimGuard,
        sizes: LargerSizes,
        clock: Clock,
        jitter: Callable[[], float] = random.random,
    ) -> None:
        self._jobs = jobs
        self._delivery = delivery
        self._claim_guard = claim_guard
        self._sizes = sizes
        self._clock = clock
        self._jitter = jitter

    async def record(self, job: Job, generated: Generated) -> Job | None:
        """Record the outcome; return the job if it can be delivered now.

        None when the job was put back in the queue or is another worker's.
        """
        error = generated.error
        if isinstance(error, LocalFailure):
            self._claim_guard.report(error)
        if job.draft.compared:
            return await self._record_comparison(job, generated)
        if error is not None:
            if (decision := self._decide_retry(job, error)) is not None:
                await self._requeue(job, error, decision)
                return None
            if not generated.pictures and await self._step_up(job, error):
                return None
            _log_final(job, error)
            if not generated.pictures:
                return await self._jobs.mark_failed(job, error.key, {**job.facts, **error.facts})
        self._sizes.learn(job)
        problem = error.key if error else None
        return await self._jobs.mark_drawn(job, generated.pictures, problem=problem)

    async def _record_comparison(self, job: Job, generated: Generated) -> Job | None:
        """Record the outcome of a comparison, in which each picture can fail alone."""
        settled, passing = settle(job, generated)
        if passing is not None:
            if (decision := self._decide_retry(job, passing)) is not None:
                await self._requeue(settled, passing, decision)
                return None
            settled = with_failures(settled, generated.failed)
        for error in generated.failed.values():
            _log_final(job, error)
        problem = next(iter(failed_numbers(settled).values()), None)
        if not generated.pictures:
            return await self._jobs.mark_failed(settled, problem or BotError.key, settled.facts)
        return await self._jobs.mark_drawn(settled, generated.pictures, problem=problem)

    def _decide_retry(self, job: Job, error: BotError) -> RetryDecision | None:
        now, jitter = self._clock(), self._jitter()
        return decide_retry(error, attempts=job.attempts, now=now, deadline=job.deadline, jitter=jitter)

    async def _step_up(self, job: Job, error: BotError) -> bool:
        """Put a job whose size was refused back in the queue at the next size; False if there is none."""
        if not isinstance(error, SizeRefused):
            return False
        size = await self._sizes.next_size(job)
        if size is None:
            return False
        log.info("job %s: %s %s is tried at %s", job.id, describe(error), job.draft.request.ratio, size)
        self._delivery.release(job)
        return await self._jobs.requeue(job, counts=False, larger=size, error=error.key) is not None

    async def _requeue(self, job: Job, error: BotError, decision: RetryDecision) -> None:
        log.info("job %s, attempt %d: %s", job.id, job.attempts, describe(error))
        run_at = decision.run_at
        self._delivery.release(job)
        # It may be answered before ``run_at``: by a fallback, as cancelled, or as the operator wants.
        until = min(run_at, max(self._clock(), job.card_until) + _HOLD)
        extends = until > job.card_until and not isinstance(error, LocalFailure)
        requeued = await self._jobs.requeue(
            job,
            run_at=run_at,
            counts=decision.counts,
            error=error.key,
            card_until=until if extends else None,
        )
        if requeued is None or isinstance(error, LocalFailure):
            return
        progress = _retry_progress(error, run_at)
        if extends:
            await self._delivery.show_retry(requeued, progress, since=job.card_until)
        else:
            # Shown if this process accepted the job, too, and so holds its card already.
            await self._delivery.progress(requeued, progress, until=until)


def _log_final(job: Job, error: BotError) -> None:
    level = logging.ERROR if error.key in ("operator", "unexpected") else logging.WARNING
    log.log(level, "job %s ends without a picture: %s", job.id, describe(error), exc_info=error.fault)


def _retry_progress(error: BotError, run_at: float) -> Progress:
    if isinstance(error, RelayDown):
        return Waiting(position=QueuePosition(ahead=0, starts_at=run_at, down=True))
    return RetryScheduled(problem=error.key, run_at=run_at)
