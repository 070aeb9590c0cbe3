"""What the operator does to single requests."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from bot.domain.controls.acts import Act, Operator, Target
from bot.domain.models import Job
from bot.domain.ports import Clock
from bot.domain.requests.cancellation import as_cancelled
from bot.services.operator.audit import log_act
from bot.services.operator.bans import OnCancelled
from bot.services.requests import RequestService
from bot.store.operator.request_acts import RequestActStore


class RequestActService:
    """Cancels and retries requests, whichever process has them."""

    def __init__(
        self, store: RequestActStore, requests: RequestService, clock: Clock, *, lifetime: float
    ) -> None:
        self._store = store
        self._requests = requests
        self._clock = clock
        self._lifetime = lifetime
        self._listeners: list[Callable[[Sequence[Job]], object]] = []

    def subscribe(self, listener: OnCancelled) -> None:
        """Call ``listener`` with each cancelled request, so that its card says so."""
        self._listeners.append(listener)

    async def cancel(self, job_id: int, *, by: Operator, reason: str = "") -> bool:
        """Cancel a waiting or running request; False if it is neither. Its card shows the reason."""
        act = Act(by=by, name="cancel", target=Target(kind="request", id=job_id), reason=reason)
        found = await self._store.cancel(job_id, act, now=self._clock())
        if found is None:
            return False
        log_act(act)
        for listener in self._listeners:
            listener([as_cancelled(*found)])
        self._requests.notify()
        return True

    async def retry(self, job_id: int, *, by: Operator, reason: str = "") -> bool:
        """Begin a waiting request now, or one that ended without a picture again; False for any other.

        Raises ``RuleBroken`` for one that would exceed a daily limit.
        """
        act = Act(by=by, name="retry", target=Target(kind="request", id=job_id), reason=reason)
        now = self._clock()
        retried = await self._store.retry(job_id, act, now=now, deadline=now + self._lifetime)
        if retried:
            log_act(act)
            self._requests.notify()
        return retried
