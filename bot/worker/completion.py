"""Tells askers what became of their jobs, and notes where the answer stands."""

from __future__ import annotations

import asyncio
import logging
import shutil
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Protocol

from bot.domain.errors import BotError
from bot.domain.models import Delivered, Job, Progress
from bot.domain.retry import TRIES
from bot.store.queue.jobs import JobStore
from bot.worker.generation import is_any_gone

log = logging.getLogger(__name__)

LEASE = 60.0
"""Seconds for which a worker holds a job without renewing that."""
_PATIENCE = 86_400.0
"""Seconds past a job's deadline for which its answer is still tried to be delivered."""


class LostJob(Exception):
    """Report that a job is another worker's by now, so that nothing more may be said of it."""


class Delivery(Protocol):
    """Whatever brings news to the asker."""

    async def progress(self, job: Job, progress: Progress, *, until: float) -> None:
        """Show how far the job is, if that can be before ``until``; never fails, may skip."""
        ...

    async def deliver(self, job: Job, hold: Callable[[], Awaitable[None]]) -> Delivered | None:
        """Bring the outcome; repeating it does no harm. May fail, and is then tried again later.

        ``hold`` is called right before anything is sent, and raises where it must not be. None when there is
        no way to the asker.
        """
        ...

    async def cancel(self, job: Job) -> None:
        """Show that the job was cancelled, as far as that is possible."""
        ...


class Originals(Protocol):
    """Wherever untouched pictures are kept."""

    async def keep(self, job: Job) -> tuple[str, ...]:
        """Keep a job's pictures and return their names; raise ``OperatorError``."""
        ...

    async def forget(self, names: Sequence[str]) -> None:
        """Delete pictures; raise ``OperatorError``."""
        ...


class Telling:
    """Delivers outcomes for ``worker``, whose hold on a job lasts ``lease`` seconds.

    ``told`` hears of every answer once, after it stands, or that it could be brought nowhere; it never fails.
    Pictures are kept as ``originals`` where nobody could be told, and with ``keep_all`` always.
    """

    def __init__(
        self,
        jobs: JobStore,
        delivery: Delivery,
        originals: Originals,
        *,
        worker: str,
        spool: Path,
        clock: Callable[[], float],
        lease: float = LEASE,
        keep_all: bool = False,
        told: Callable[[Job, Delivered | None], Awaitable[object]] | None = None,
    ) -> None:
        self._jobs = jobs
        self._delivery = delivery
        self._originals = originals
        self._worker = worker
        self._spool = spool
        self._clock = clock
        self._lease = lease
        self._keep_all = keep_all
        self._told = told
        self._elsewhere: dict[int, float] = {}

    def elsewhere(self) -> list[int]:
        """Return the jobs that are left for a while to whoever has their pictures on disk."""
        now = self._clock()
        self._elsewhere = {job_id: until for job_id, until in self._elsewhere.items() if now < until}
        return list(self._elsewhere)

    async def tell(self, job: Job) -> None:
        """Bring the outcome to its asker and mark the job done; raise where that is to be tried again."""
        if await asyncio.to_thread(is_any_gone, job.pictures) and await self._recover(job):
            return
        try:
            delivered = await self._deliver(job)
        except LostJob:
            raise
        except Exception:
            if self._clock() < job.deadline + _PATIENCE:
                raise
            log.exception("job %s: nobody could be told for too long; giving up", job.id)
            delivered = None
        kept = await self._keep(job) if self._keep_all or delivered is None else ()
        here = Delivered(channel_id=job.requester.channel_id, message_id=job.message_id)
        if await self._jobs.finish(job, self._worker, delivered or here, now=self._clock(), kept=kept):
            log.info("job %s answered: %s", job.id, job.problem or "pictures")
            await asyncio.to_thread(shutil.rmtree, self._spool / str(job.id), ignore_errors=True)
            if self._told is not None:
                await self._told(job, delivered)
        elif kept and await self._jobs.get(job.id) is None:
            # Deleted with all its asker's data while it was on its way.
            await self._originals.forget(kept)

    async def _recover(self, job: Job) -> bool:
        """See to a job whose pictures aren't on this disk; False when words are all that is left."""
        now, until = self._clock(), (job.drawn_at or 0) + 3 * self._lease
        if not self._jobs.exclusive and now < until:
            # They may be on the disk of the worker that drew them: it gets time to come back.
            self._elsewhere[job.id] = until
            await self._jobs.pass_on(job, self._worker, after=now)
            return True
        if job.attempts >= TRIES:
            return False
        log.warning("job %s: its pictures are gone from the disk; drawing them again", job.id)
        await self._jobs.retry(job, self._worker, run_at=now)
        return True

    async def _deliver(self, job: Job) -> Delivered | None:
        async def hold() -> None:
            # Alone on a database nobody takes a job away.
            if not self._jobs.exclusive:
                until = self._clock() + self._lease
                if not await self._jobs.hold(job, self._worker, until):
                    raise LostJob(f"job {job.id} is another worker's")

        try:
            return await self._delivery.deliver(job, hold)
        except BotError as error:
            if not job.pictures:
                raise
            # Gone from the disk or not to be made to fit: trying again would help nobody, words do.
            log.error("job %s: its pictures can't be sent: %s", job.id, describe(error), exc_info=error)
            await self._jobs.failed(job, self._worker, error.key, error.facts)
            failed = replace(job, state="failed", pictures=(), problem=error.key, facts=error.facts)
            return await self._delivery.deliver(failed, hold)

    async def _keep(self, job: Job) -> tuple[str, ...]:
        try:
            return await self._originals.keep(job)
        except BotError as error:
            log.error("job %s: its originals can't be kept: %s", job.id, describe(error), exc_info=error)
            return ()


def describe(error: BotError) -> str:
    """Return an error with its detail, for the log."""
    return f"{error} {error.detail}".rstrip()
