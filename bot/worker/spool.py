"""The folders on disk that hold the pictures of jobs in progress, and for a while of answered ones."""

from __future__ import annotations

import asyncio
import contextlib
import shutil
from collections.abc import Collection
from pathlib import Path

from bot.domain.ports import Clock
from bot.store.queue.jobs import JobStore

_RETENTION = 120.0
"""Seconds for which the pictures of an answered job are kept."""


class JobFolders:
    """A worker's folders; answered jobs keep theirs for a while, as a late edit may cover the answer."""

    def __init__(self, spool: Path, jobs: JobStore, clock: Clock) -> None:
        self._spool = spool
        self._jobs = jobs
        self._clock = clock
        self._kept_until: dict[int, float] = {}

    def keep(self, job_id: int) -> None:
        """Keep the folder of a job that was answered just now."""
        self._kept_until[job_id] = self._clock() + _RETENTION

    def keep_none(self) -> None:
        """Keep no folder of an answered job any longer."""
        self._kept_until.clear()

    async def delete(self, job_id: int) -> None:
        """Delete the folder of a job."""
        await delete_folder(self._spool / str(job_id))

    async def sweep(self) -> None:
        """Delete the folders of finished jobs that aren't kept."""
        # In this order: a job accepted in between has no folder in this list.
        by_id = await asyncio.to_thread(job_folders, self._spool)
        open_ids = await self._jobs.open_ids(by_id) if by_id else set[int]()
        for job_id in by_id.keys() - open_ids - self._kept():
            await delete_folder(by_id[job_id])

    async def undelivered_bytes(self) -> int:
        """Return the bytes of the pictures of jobs that aren't answered."""
        return await asyncio.to_thread(size, self._spool, without=self._kept())

    def _kept(self) -> set[int]:
        now = self._clock()
        self._kept_until = {job_id: until for job_id, until in self._kept_until.items() if now < until}
        return set(self._kept_until)


def job_folders(folder: Path) -> dict[int, Path]:
    """Return the folders of jobs in a folder by the jobs' ids, in their order."""
    found = {int(each.name): each for each in folder.glob("[0-9]*") if each.name.isdecimal()}
    return dict(sorted(found.items()))


async def delete_folder(folder: Path) -> None:
    """Delete a job's folder, as far as that is possible."""
    await asyncio.to_thread(shutil.rmtree, folder, ignore_errors=True)


def disk_use(data_dir: Path, spool: Path) -> tuple[int, int] | None:
    """Return the bytes that are free on the disk and those of the spool; None where it can't be read."""
    with contextlib.suppress(OSError):
        return shutil.disk_usage(data_dir).free, size(spool)
    return None


def size(spool: Path, *, without: Collection[int] = ()) -> int:
    """Return the bytes of all pictures, except for those of the jobs ``without``."""
    total, left_out = 0, {str(job_id) for job_id in without}
    for path in spool.rglob("*.*"):
        if path.relative_to(spool).parts[0] in left_out:
            continue
        with contextlib.suppress(OSError):  # deleted meanwhile
            total += path.stat().st_size
    return total
