"""Stores originals; those whose storage fails stay on disk until it works again."""

from __future__ import annotations

import asyncio
import logging
import os
import shutil
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from bot.domain.errors import BotError
from bot.domain.models import Job
from bot.domain.ports import Originals
from bot.domain.requests.cancellation import Cancellation
from bot.store.queue.jobs import JobStore
from bot.worker import spool
from bot.worker.config import WorkerConfig

log = logging.getLogger(__name__)

_FOLDER = "originals"
"""The folder in the spool that holds a folder of pictures per job. Sweeps leave it alone: it is no number."""
_SHARE = 0.5
"""Of the spool's limit, for originals that wait: a dead storage must not keep jobs from being drawn."""


class OriginalsKeeper:
    """Stores the pictures of answered jobs, at once or later."""

    def __init__(self, jobs: JobStore, originals: Originals, config: WorkerConfig) -> None:
        self._jobs = jobs
        self._originals = originals
        self._keeps_all = config.keep_originals
        self._waiting = config.spool / _FOLDER
        self._most = None if config.spool_limit is None else int(config.spool_limit * _SHARE)

    async def keep(self, job: Job, *, reached: bool) -> tuple[str, ...]:
        """Store a job's pictures and return their names; none if that must wait.

        Unless every original is to be kept, those are left out whose requester was ``reached``.
        """
        if reached and not self._keeps_all:
            return ()
        if any(not picture.path.exists() for picture in job.pictures):
            log.warning("job %s: its originals aren't stored, as some files were lost", job.id)
            return ()
        try:
            return await self._originals.keep(job)
        except BotError as error:
            await self._set_aside(job, error.detail or str(error))
            return ()

    async def forget(self, names: Sequence[str]) -> None:
        """Delete stored pictures."""
        await self._originals.forget(names)

    async def store_waiting(self) -> None:
        """Store what waits, as far as the storage works; what was deleted meanwhile isn't stored."""
        works = True
        folders = await asyncio.to_thread(spool.job_folders, self._waiting)
        for job_id, folder in folders.items():
            job = await self._jobs.get(job_id)
            if job is None or Cancellation.stored_in(job.facts):
                await spool.delete_folder(folder)
            elif works and job.state == "done":
                works = await self._store(job, folder)

    async def _store(self, job: Job, folder: Path) -> bool:
        """Store what waits of one job; return whether that worked."""
        pictures = [replace(picture, path=folder / picture.path.name) for picture in job.pictures]
        there = tuple(picture for picture in pictures if picture.path.exists())
        try:
            names = await self._originals.keep(replace(job, pictures=there))
        except BotError as error:
            log.debug("job %s: its originals still wait: %s", job.id, error)
            return False
        if not await self._jobs.add_originals(job.id, names):
            await self._originals.forget(names)
        await spool.delete_folder(folder)
        log.info("job %s: its originals are stored now", job.id)
        return True

    async def _set_aside(self, job: Job, problem: str) -> None:
        try:
            if self._most is not None and await asyncio.to_thread(spool.size, self._waiting) >= self._most:
                log.error("job %s: its originals are lost: %s; too many wait already", job.id, problem)
                return
            await asyncio.to_thread(_link_all, job, self._waiting / str(job.id))
        except OSError as error:
            log.error("job %s: its originals are lost: %s; and can't wait: %s", job.id, problem, error)
        else:
            log.error("job %s: its originals wait on disk: %s", job.id, problem)


def _link_all(job: Job, folder: Path) -> None:
    """Put a job's pictures into a folder, where the deletion of those in the job's own leaves them."""
    folder.mkdir(parents=True, exist_ok=True)
    for picture in job.pictures:
        target = folder / picture.path.name
        target.unlink(missing_ok=True)
        try:
            os.link(picture.path, target)
        except OSError:  # not every file system has links
            shutil.copyfile(picture.path, target)
