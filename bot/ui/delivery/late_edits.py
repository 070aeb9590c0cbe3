"""Repairs cards whose answer was covered by an edit that arrived late.

A process that is suspended in the middle of an edit finishes it whenever it is resumed, perhaps after another
process delivered the answer into the same message. Nothing can prevent that, but the process knows when its
edit ended too late: then it looks at the message, and has the answer delivered again if progress is shown.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable

from bot.domain.models import Job, JobState
from bot.store.errors import log_failure
from bot.ui.delivery.routes import DeliveryRoutes
from bot.ui.discord_errors import unexpected

log = logging.getLogger(__name__)

_RECHECK = 10.0
"""Seconds after which an edit without an answer has arrived at Discord, or never will."""
_TIMEOUT = 5.0
"""Seconds that one check may take."""
Reopen = Callable[[Job], Awaitable[JobState | None]]
"""Has a job's outcome delivered again; returns the state in which the job was found."""


class LateEdits:
    """Checks the cards that were edited too late or with an unknown result."""

    def __init__(
        self,
        routes: DeliveryRoutes,
        reopen: Reopen,
        show_cancelled: Callable[[Job], Awaitable[None]],
        clock: Callable[[], float],
    ) -> None:
        self._routes = routes
        self._reopen = reopen
        self._show_cancelled = show_cancelled
        self._clock = clock
        self._checks: list[tuple[float, Job]] = []
        """When to check which cards."""

    async def report(self, job: Job) -> None:
        """Check the card of a job now, and once more later."""
        self._checks.append((self._clock() + _RECHECK, job))
        await self._check(job)

    async def flush(self, *, everything: bool = False) -> None:
        """Make the checks that are due, or all of them."""
        now = self._clock()
        due = [(at, job) for at, job in self._checks if everything or at <= now]
        self._checks = [check for check in self._checks if check not in due]
        for _, job in due:
            await self._check(job)

    async def _check(self, job: Job) -> None:
        try:
            async with asyncio.timeout(_TIMEOUT):
                await self._repair(job)
        except Exception as error:
            self._checks.append((self._clock(), job))
            message = "job %s: its card could not be checked after a late edit; trying again"
            if unexpected(error):
                log_failure(log, error, message, job.id)
            else:
                log.info(message + ": %r", job.id, error)

    async def _repair(self, job: Job) -> None:
        if not await self._routes.shows_progress(job):
            return
        state = await self._reopen(job)
        if state == "cancelled":
            await self._show_cancelled(job)
        elif state in ("done", "drawn", "failed"):
            log.info("job %s: a late edit covered its answer; it is delivered again", job.id)
