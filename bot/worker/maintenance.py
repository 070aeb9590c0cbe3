"""What a worker does from time to time: it recovers lost jobs, and wipes and deletes what has expired."""

from __future__ import annotations

from bot.domain.ports import Clock
from bot.store.queue.jobs import JobStore
from bot.telemetry.recorder import Recorder
from bot.worker.spool import JobFolders

_WIPE_INTERVAL = 60.0
"""Seconds between two searches for expired interaction tokens and addresses of results."""


class QueueMaintenance:
    """Keeps the queue and the spool clean, every ``interval`` seconds."""

    def __init__(
        self, jobs: JobStore, folders: JobFolders, recorder: Recorder, clock: Clock, *, interval: float
    ) -> None:
        self._jobs = jobs
        self._folders = folders
        self._recorder = recorder
        self._clock = clock
        self._interval = interval
        self._due_at = 0.0
        self._wipe_at = 0.0

    @property
    def is_due(self) -> bool:
        """Whether it is time."""
        return self._clock() >= self._due_at

    async def start(self) -> None:
        """Release what an earlier process left behind."""
        if self._jobs.exclusive:
            # No other process works on this database, so every lease belongs to a dead one.
            await self._jobs.release_all()

    async def recover(self, now: float) -> None:
        """Put lost jobs back in the queue, and wipe what has expired."""
        self._recorder.recovered(await self._jobs.recover_expired_leases(now=now))
        if now >= self._wipe_at:
            await self._jobs.wipe_expired_tokens(now=now)
            await self._jobs.wipe_expired_results(now=now)
            self._wipe_at = now + _WIPE_INTERVAL

    async def finish(self, now: float) -> None:
        """Delete the folders of finished jobs; maintenance is done for now."""
        await self._folders.sweep()
        self._due_at = now + self._interval

    def retry_soon(self) -> None:
        """Be due in a second, as the queue couldn't be read."""
        self._due_at = self._clock() + 1

    async def stop(self) -> None:
        """Delete the folders of all finished jobs."""
        self._folders.keep_none()
        await self._folders.sweep()
