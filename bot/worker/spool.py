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


class AnsweredFolders:
    """Remembers whose pictures are still needed if a late edit of another process covers the answer."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._until: dict[int, float] = {}

    def keep(self, job_id: int) -> None:
        """Keep the folder of a job that was answered just now."""
        self._until[job_id] = self._clock() + _RETENTION

    def job_ids(self) -> set[int]:
        """Return the jobs whose folders are kept for now."""
        now = self._clock()
        self._until = {job_id: until for job_id, until in self._until.items() if now < until}
        return set(self._until)

    def clear(self) -> None:
        """Keep no folder any longer."""
        self._until.clear()


async def delete_finished(spool: Path, jobs: JobStore, *, keep: Collection[int] = ()) -> None:
    """Delete the spool folders of finished jobs, except for those of ``keep``."""
    # In this order: a job accepted in between has no folder in this list.
    by_id = await asyncio.to_thread(job_folders, spool)
    open_ids = await jobs.open_ids(by_id) if by_id else set[int]()
    for job_id in by_id.keys() - open_ids - set(keep):
        await delete_folder(by_id[job_id])


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
