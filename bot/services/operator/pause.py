"""The pause of everything."""

from __future__ import annotations

from bot.domain.controls.acts import REASON_LIMIT, Act, Operator
from bot.domain.controls.pause import GlobalPause
from bot.domain.ports import Clock
from bot.services.operator.audit import log_act
from bot.services.requests import RequestService
from bot.store.controls.global_pause import GlobalPauseStore


class GlobalPauseService:
    """Pauses all processes: they accept requests, which wait, and begin none; what is drawn is finished."""

    def __init__(self, pauses: GlobalPauseStore, requests: RequestService, clock: Clock) -> None:
        self._pauses = pauses
        self._requests = requests
        self._clock = clock

    async def pause(self, notice: str, *, by: Operator, reason: str = "") -> None:
        """Pause everything, or change the notice that cards show; raise ``ValueError`` if it is too long."""
        if len(notice) > REASON_LIMIT:
            raise ValueError(f"a notice has at most {REASON_LIMIT} characters")
        act = Act(by=by, name="pause", reason=reason, details={"notice": notice})
        await self._pauses.pause(GlobalPause(at=self._clock(), notice=notice.strip()), act)
        log_act(act)
        self._requests.notify()

    async def resume(self, *, by: Operator, reason: str = "") -> bool:
        """Go on; False if nothing was paused."""
        act = Act(by=by, name="resume", reason=reason)
        ended = await self._pauses.resume(act, now=self._clock())
        if ended is None:
            return False
        log_act(act)
        self._requests.notify()
        return True

    async def current(self) -> GlobalPause | None:
        """Return the pause; None if nothing is paused."""
        return await self._pauses.current()
