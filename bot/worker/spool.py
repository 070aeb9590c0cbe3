"""The folders on disk that hold the pictures of jobs in progress."""

from __future__ import annotations

import asyncio
import contextlib
import os
import shutil
from pathlib import Path
from uuid import uuid4

from bot.store.queue.jobs import JobStore

_PROBE_BYTES = 1 << 20


async def delete_finished(spool: Path, jobs: JobStore) -> None:
    """Delete the spool folders of finished jobs."""
    # In this order: a job accepted in between has no folder in this list.
    folders = await asyncio.to_thread(lambda: list(spool.glob("[0-9]*")))
    by_id = {int(folder.name): folder for folder in folders if folder.name.isdecimal()}
    open_ids = await jobs.open_ids(by_id) if by_id else set[int]()
    for job_id in by_id.keys() - open_ids:
        await delete_folder(by_id[job_id])


async def delete_folder(folder: Path) -> None:
    """Delete a job's folder, as far as that is possible."""
    await asyncio.to_thread(shutil.rmtree, folder, ignore_errors=True)


def probe(folder: Path) -> None:
    """Write a file into a folder and delete it; raise ``OSError`` when that isn't possible."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f".probe-{uuid4().hex}"
    try:
        with path.open("wb") as file:
            file.write(bytes(_PROBE_BYTES))
            file.flush()
            os.fsync(file.fileno())
    finally:
        path.unlink(missing_ok=True)


def size(folder: Path) -> int:
    """Return the bytes of all files in a folder."""
    total = 0
    for path in folder.rglob("*.*"):
        with contextlib.suppress(OSError):  # deleted meanwhile
            total += path.stat().st_size
    return total
