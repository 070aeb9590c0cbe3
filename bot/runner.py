"""Claims jobs, runs them, and sees each one through to its answer."""

from __future__ import annotations

import asyncio
import logging
import random
import shutil
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Protocol

from bot.errors import BotError, ResultBlocked
from bot.models import Delivered, Drawing, ImageRequest, Job, Picture, Progress, Retrying
from bot.pictures.sniff import LONGEST_HEAD, sniff
from bot.store.jobs import JobStore

log = logging.getLogger(__name__)

_PATIENCE = 86_400.0
"""Seconds past a job's deadline for which its answer is still tried to be delivered."""


class Relay(Protocol):
    """Whatever draws: one call, one try."""

    async def generate(self, request: ImageRequest, into: Path) -> Picture:
        """Draw a picture into the folder ``into``; raise only ``BotError``."""
        ...


class Delivery(Protocol):
    """Whatever brings news to the asker."""

    async def progress(self, job: Job, progress: Progress) -> None:
        """Show how far the job is; never fails, may skip."""
        ...

    async def deliver(self, job: Job) -> Delivered:
        """Bring the outcome; repeating it does no harm. May fail, and is then tried again later."""
        ...


class Runner:
    """Runs jobs within ``capacity`` pictures at once; it pumps when something happens and on ``tick``."""

    def __init__(
        self,
        jobs: JobStore,
        relay: Relay,
        delivery: Delivery,
        *,
        worker: str,
        spool: Path,
        capacity: int,
        clock: Callable[[], float],
        lease: float = 60.0,
        most_attempts: int = 4,
        jitter: Callable[[], float] = random.random,
    ) -> None:
        self._jobs = jobs
        self._relay = relay
        self._delivery = delivery
        self._worker = worker
        self._spool = spool
        self._capacity = capacity
        self._clock = clock
        self._lease = lease
        self._most_attempts = most_attempts
        self._jitter = jitter
        self._tasks: dict[int, asyncio.Task[None]] = {}
        self._drawing: set[int] = set()
        self._pump: asyncio.Task[None] | None = None
        self._again = False
        self._draining = False
        self._renew_at = 0.0
        self._wake_at: float | None = None

    async def start(self) -> None:
        """Take up what an earlier process left, then begin."""
        if self._jobs.exclusive:
            # Nobody else works on this database, so whoever held something isn't there any more.
            await self._jobs.release()
        await self._sweep()
        self._renew_at = self._clock()
        await self.tick()

    def pump(self) -> None:
        """See soon whether there is something to run or to drop."""
        if self._pump is not None:
            self._again = True
        elif not self._draining:
            self._pump = asyncio.create_task(self._turn())

    async def tick(self) -> None:
        """Do what time asks for: renew leases, take over lost jobs, wake those whose time has come."""
        now = self._clock()
        if now >= self._renew_at:
            self._renew_at = now + self._lease / 6
            await self._jobs.take_over(now=now)
            await self._sweep()
            self.pump()
        elif self._wake_at is not None and now >= self._wake_at:
            self.pump()

    async def drain(self, grace: float) -> None:
        """Take no more jobs, give the running ones ``grace`` seconds, then put them back in line."""
        self._draining = True
        tasks = list(self._tasks.values())
        if tasks:
            log.info("waiting up to %g s for %d running jobs", grace, len(tasks))
            _, late = await asyncio.wait(tasks, timeout=grace)
            for task in late:
                task.cancel()
            await asyncio.gather(*late, return_exceptions=True)
        await self._jobs.release(self._worker)
        await self._jobs.take_over(now=self._clock())

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
        held = await self._jobs.renew(self._tasks.keys(), self._worker, until) if self._tasks else set[int]()
        for job_id, task in self._tasks.items():
            if job_id in self._drawing and job_id not in held:
                task.cancel()
        for job in await self._jobs.claim(self._worker, capacity=self._capacity, now=now, lease=until):
            self._spawn(job, self._run(job))
        for job in await self._jobs.claim_untold(self._worker, now=now, lease=until):
            self._spawn(job, self._tell(job))
        self._wake_at = await self._jobs.next_run_at()

    def _spawn(self, job: Job, work: Coroutine[Any, Any, None]) -> None:
        if job.id in self._tasks:
            work.close()
            return
        task = self._tasks[job.id] = asyncio.create_task(self._guarded(job, work), name=f"job {job.id}")
        task.add_done_callback(lambda _: self._tasks.pop(job.id, None))

    async def _guarded(self, job: Job, work: Coroutine[Any, Any, None]) -> None:
        try:
            await work
        except asyncio.CancelledError:
            log.info("job %s stopped", job.id)
            await self._sweep()
        except Exception:
            log.exception("job %s stumbled; it will be taken up again", job.id)
            await self._jobs.postpone(job, self._worker, until=self._later(job))
        else:
            self.pump()

    async def _run(self, job: Job) -> None:
        self._drawing.add(job.id)
        try:
            drawing, _ = await asyncio.gather(self._draw(job), self._estimate(job), return_exceptions=True)
        finally:
            self._drawing.discard(job.id)
        if isinstance(drawing, BaseException):
            raise drawing
        pictures, error = drawing
        if error is not None and (run_at := self._again_at(job, error)) is not None:
            log.warning("job %s, try %d: %s", job.id, job.attempts, _describe(error))
            await self._jobs.retry(job, self._worker, run_at=run_at)
            await self._delivery.progress(job, Retrying(problem=error.key, run_at=run_at))
            return
        if error is not None:
            level = logging.ERROR if error.key in ("operator", "unexpected") else logging.WARNING
            log.log(
                level, "job %s ends without a picture: %s", job.id, _describe(error), exc_info=error.__cause__
            )
        if error is not None and not pictures:
            settled = await self._jobs.failed(job, self._worker, error.key, error.facts)
        else:
            problem = error.key if error else None
            settled = await self._jobs.drawn(job, self._worker, pictures, now=self._clock(), problem=problem)
        if settled is not None:
            await self._tell(settled)

    async def _estimate(self, job: Job) -> None:
        ready_at = self._clock() + await self._jobs.usual_duration(job.draft.request.size)
        await self._delivery.progress(job, Drawing(ready_at=ready_at))

    async def _draw(self, job: Job) -> tuple[list[Picture], BotError | None]:
        """Draw what is missing of the job's pictures; those on disk from an earlier try stay."""
        folder = self._spool / str(job.id)
        pictures = await asyncio.to_thread(_whole_pictures, folder)
        wanted = job.draft.count - len(pictures)
        results = await asyncio.gather(
            *(self._relay.generate(job.draft.request, folder) for _ in range(wanted)), return_exceptions=True
        )
        pictures += [result for result in results if isinstance(result, Picture)]
        errors = [_ours(result) for result in results if isinstance(result, BaseException)]
        # What can't be mended by waiting decides, so that nobody waits in vain.
        errors.sort(key=lambda error: error.retry)
        return pictures[: job.draft.count], errors[0] if errors else None

    def _again_at(self, job: Job, error: BotError) -> float | None:
        most = 2 if isinstance(error, ResultBlocked) else self._most_attempts
        if not error.retry or job.attempts >= most:
            return None
        pause = 0.0 if isinstance(error, ResultBlocked) else 2.0**job.attempts
        asked = getattr(error, "retry_after", None) or 0.0
        run_at = self._clock() + max(pause, asked) * (1 + self._jitter() / 4)
        return run_at if run_at < job.deadline else None

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

    async def _tell(self, job: Job) -> None:
        if job.attempts < self._most_attempts and await asyncio.to_thread(_is_any_gone, job.pictures):
            log.warning("job %s: its pictures are gone from the disk; drawing them again", job.id)
            await self._jobs.retry(job, self._worker, run_at=self._clock())
            return
        try:
            delivered = await self._deliver(job)
        except Exception:
            if self._clock() < job.deadline + _PATIENCE:
                raise
            log.exception("job %s: nobody could be told for too long; giving up", job.id)
            delivered = Delivered(channel_id=job.requester.channel_id, message_id=job.message_id)
        finished = await self._jobs.finish(
            job,
            self._worker,
            now=self._clock(),
            channel_id=delivered.channel_id,
            message_id=delivered.message_id,
        )
        if finished:
            log.info("job %s answered: %s", job.id, job.problem or "pictures")
            await asyncio.to_thread(shutil.rmtree, self._spool / str(job.id), ignore_errors=True)

    async def _deliver(self, job: Job) -> Delivered:
        try:
            return await self._delivery.deliver(job)
        except BotError as error:
            if not job.pictures:
                raise
            # Gone from the disk or not to be made to fit: trying again would help nobody, words do.
            log.error("job %s: its pictures can't be sent: %s", job.id, _describe(error), exc_info=error)
            await self._jobs.failed(job, self._worker, error.key, error.facts)
            failed = replace(job, state="failed", pictures=(), problem=error.key, facts=error.facts)
            return await self._delivery.deliver(failed)


def _is_any_gone(pictures: Sequence[Picture]) -> bool:
    return not all(picture.path.exists() for picture in pictures)


def _whole_pictures(folder: Path) -> list[Picture]:
    pictures: list[Picture] = []
    for path in sorted(folder.glob("*.*")):
        if path.suffix == ".part":
            path.unlink(missing_ok=True)
            continue
        with path.open("rb") as file:
            header = sniff(file.read(LONGEST_HEAD))
        if header:
            pictures.append(
                Picture(path=path, format=header.format, width=header.width, height=header.height)
            )
    return pictures


def _ours(error: BaseException) -> BotError:
    if isinstance(error, BotError):
        return error
    if not isinstance(error, Exception):
        raise error
    ours = BotError(f"{type(error).__name__} while drawing")
    ours.__cause__ = error
    return ours


def _describe(error: BotError) -> str:
    return f"{error} {error.detail}".rstrip()
