"""Repairs cards whose answer was covered by an edit that arrived late.

A process that is suspended in the middle of an edit finishes it whenever it is resumed, perhaps after another
process delivered the answer into the same message. Nothing can prevent that, but the process knows when its
edit ended too late: then it looks at the message, and has the answer delivered again if progress is shown. In
place of a process that was killed in the middle of an edit, the one that took its job over looks.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace

from bot.domain.models import Job, JobState
from bot.store.errors import log_failure
from bot.ui.delivery.routes import DeliveryRoutes
from bot.ui.discord_errors import unexpected

log = logging.getLogger(__name__)

_RECHECK = 10.0
"""Seconds after which an edit without an answer has arrived at Discord, or never will."""
_TIMEOUT = 5.0
"""Seconds that one check may take."""
_RETRY, _GIVE_UP = 5.0, 600.0
"""Seconds until a failed check is repeated, and for which it is."""
_CONCURRENT, _MAX_CHECKS = 5, 1000
"""Checks that are made at the same time, and that may be planned."""
Reopen = Callable[[Job], Awaitable[JobState | None]]
"""Has a job's outcome delivered again; returns the state in which the job was found."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Check:
    """A planned look at a job's card."""

    job: Job
    at: float
    give_up_at: float


class LateEdits:
    """Checks the cards that were edited too late or with an unknown result, each for ``timeout`` seconds."""

    def __init__(
        self,
        routes: DeliveryRoutes,
        reopen: Reopen,
        show_cancelled: Callable[[Job], Awaitable[None]],
        clock: Callable[[], float],
        *,
        timeout: float = _TIMEOUT,
    ) -> None:
        self._routes = routes
        self._reopen = reopen
        self._show_cancelled = show_cancelled
        self._clock = clock
        self._timeout = timeout
        self._checks: list[_Check] = []

    def report(self, job: Job) -> None:
        """Check the card of a job soon, and once more later."""
        self._plan(job, self._clock())
        self.check_later(job)

    def check_later(self, job: Job) -> None:
        """Check the card of a job when every edit that was sent before has arrived."""
        self._plan(job, self._clock() + _RECHECK)

    def plans_to_check(self, job: Job) -> bool:
        """Whether a job's card is still to be checked."""
        return any(check.job.id == job.id for check in self._checks)

    async def flush(self, *, everything: bool = False) -> None:
        """Make the checks that are due, or all of them."""
        now = self._clock()
        due = [check for check in self._checks if everything or check.at <= now]
        self._checks = [check for check in self._checks if check not in due]
        for first in range(0, len(due), _CONCURRENT):
            await self._check_all(due[first : first + _CONCURRENT])

    def _plan(self, job: Job, at: float) -> None:
        if len(self._checks) < _MAX_CHECKS:
            self._checks.append(_Check(job=job, at=at, give_up_at=at + _GIVE_UP))

    async def _check_all(self, checks: Sequence[_Check]) -> None:
        await asyncio.gather(*(self._check(check) for check in checks))

    async def _check(self, check: _Check) -> None:
        job = check.job
        try:
            async with asyncio.timeout(self._timeout):
                await self._repair(job)
        except Exception as error:
            if (again_at := self._clock() + _RETRY) < check.give_up_at:
                self._checks.append(replace(check, at=again_at))
            message = "job %s: its card could not be checked after a late edit"
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
