"""The folders on disk that hold the pictures of jobs in progress."""

from __future__ import annotations

import asyncio
import shutil
from pathlib import Path

from bot.store.queue.jobs import JobStore


async def delete_finished(spool: Path, jobs: JobStore) -> None:
    """Delete the spool folders of finished jobs."""
    # In this order: a job accepted in between has no folder in this list.
    folders = await asyncio.to_thread(lambda: list(spool.glob("[0-9]*")))
    open_ids = await jobs.open_ids()
    for folder in folders:
        if folder.name.isdecimal() and int(folder.name) not in open_ids:
            await delete_folder(folder)


async def delete_folder(folder: Path) -> None:
    """Delete a job's folder, as far as that is possible."""
    await asyncio.to_thread(shutil.rmtree, folder, ignore_errors=True)
