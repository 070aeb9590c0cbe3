"""Decides whether this worker may claim jobs: not while its machine fails or its spool is too large."""

from __future__ import annotations

import asyncio
import logging

from bot.config import data_folder
from bot.domain.errors import LocalFailure
from bot.domain.ports import Clock
from bot.worker.config import WorkerConfig
from bot.worker.spool import JobFolders

log = logging.getLogger(__name__)

_FIRST_PAUSE, _MAX_PAUSE = 10.0, 600.0
"""Seconds after a failure before the machine is probed; doubled if it fails again soon."""


class ClaimGuard:
    """Pauses claiming after a local failure until the spool can be written again."""

    def __init__(self, config: WorkerConfig, folders: JobFolders, clock: Clock) -> None:
        self._config = config
        self._folders = folders
        self._clock = clock
        self._failed = False
        self._probe_at = 0.0
        self._pause = _FIRST_PAUSE
        self._resumed_at = 0.0
        self._full = False

    def report(self, failure: LocalFailure) -> None:
        """Pause claiming because of a failure."""
        now = self._clock()
        if self._failed:
            return
        soon = now - self._resumed_at < _MAX_PAUSE
        self._pause = min(2 * self._pause, _MAX_PAUSE) if self._resumed_at and soon else _FIRST_PAUSE
        self._failed, self._probe_at = True, now + self._pause
        log.error(
            "this worker claims no more jobs, as its machine fails (%s); it resumes when that has passed",
            failure.detail,
        )

    @property
    def problem(self) -> str | None:
        """Why no jobs were claimed when that was last decided, in a few words; None if they were."""
        if self._failed:
            return "the spool can't be written, or memory or file handles are short"
        return "the spool is full" if self._full else None

    async def may_claim(self) -> bool:
        """Whether jobs may be claimed now."""
        if self._failed and not await self._has_recovered():
            return False
        return not await self._is_full()

    async def _has_recovered(self) -> bool:
        now = self._clock()
        if now < self._probe_at:
            return False
        try:
            await asyncio.to_thread(data_folder.probe, self._config.spool)
        except OSError as error:
            log.warning("this worker still claims no jobs: %s", error)
            self._pause = min(2 * self._pause, _MAX_PAUSE)
            self._probe_at = now + self._pause
            return False
        self._failed, self._resumed_at = False, now
        log.warning("this worker claims jobs again: its spool can be written")
        return True

    async def _is_full(self) -> bool:
        """Whether undelivered pictures take up the spool's limit, as when Discord is unreachable."""
        if self._config.spool_limit is None:
            return False
        size = await self._folders.undelivered_bytes()
        full = size >= self._config.spool_limit
        if full and not self._full:
            log.warning(
                "the spool holds %d MB of undelivered pictures: no more jobs are claimed", size // 10**6
            )
        elif self._full and not full:
            log.warning("the spool is below its limit: jobs are claimed again")
        self._full = full
        return full
