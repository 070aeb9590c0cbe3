"""Bans of members and servers."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from bot.domain.controls.acts import Act, Operator, Target
from bot.domain.controls.bans import Ban
from bot.domain.models import Job
from bot.domain.ports import Clock
from bot.domain.requests.cancellation import Cancellation, as_cancelled
from bot.services.operator.audit import log_act
from bot.services.requests import RequestService
from bot.store.controls.bans import BanStore
from bot.store.queue.jobs import JobStore

OnCancelled = Callable[[Sequence[Job]], object]
"""Is told of cancelled jobs as they were before, with the token that their cards are edited with."""


class BanService:
    """Bans members and servers, whose requests are refused from then on, and lists the bans.

    What they have waiting is cancelled; what is being drawn is paid for, and is finished.
    """

    def __init__(self, bans: BanStore, jobs: JobStore, requests: RequestService, clock: Clock) -> None:
        self._bans = bans
        self._jobs = jobs
        self._requests = requests
        self._clock = clock
        self._listeners: list[OnCancelled] = []

    def subscribe(self, listener: OnCancelled) -> None:
        """Call ``listener`` with what a ban cancels, so that the cards say so."""
        self._listeners.append(listener)

    async def ban(
        self, target: Target, *, by: Operator, reason: str = "", until: float | None = None
    ) -> list[Job]:
        """Ban a member or a server until a moment, or for good; return the cancelled jobs.

        Refusals tell the reason. Raises ``ValueError`` for another target, or a moment that has passed.
        """
        now = self._clock()
        if target.kind == "request" or (until is not None and until <= now):
            raise ValueError("members and servers can be banned, until a moment to come")
        act = Act(by=by, name="ban", target=target, reason=reason, details={"until": until})
        waiting = await self._bans.ban(Ban(target=target, at=now, until=until, reason=reason), act)
        log_act(act)
        cancelled = [job for job_id in waiting if (job := await self._cancel(job_id)) is not None]
        if cancelled:
            self._requests.notify()
            for listener in self._listeners:
                listener(cancelled)
        return cancelled

    async def unban(self, target: Target, *, by: Operator, reason: str = "") -> bool:
        """End a ban; False if there was none."""
        act = Act(by=by, name="unban", target=target, reason=reason)
        ended = await self._bans.unban(target, act, now=self._clock())
        if ended:
            log_act(act)
        return ended

    async def current(self) -> list[Ban]:
        """Return the bans that last, newest first."""
        return await self._bans.current(now=self._clock())

    async def find(self, target: Target) -> Ban | None:
        """Return the ban of a member or a server; None if they aren't banned."""
        return await self._bans.find(target, now=self._clock())

    async def _cancel(self, job_id: int) -> Job | None:
        """Cancel a job, and return it as it was before."""
        job = await self._jobs.get(job_id)
        if job is None or job.state != "waiting":
            return None
        cancelled = await self._jobs.cancel(
            job_id, now=self._clock(), cancellation=Cancellation("operator"), charge=False
        )
        return None if cancelled is None else as_cancelled(job, cancelled)
