"""What operators did, from wherever they did it."""

from __future__ import annotations

import logging

from bot.domain.controls.acts import Act, RecordedAct, Target
from bot.domain.ports import Clock
from bot.store.controls.acts import ActStore

log = logging.getLogger(__name__)

_PAGE = 50


class OperatorAudit:
    """Records acts that have no service of their own, and lists all of them."""

    def __init__(self, acts: ActStore, clock: Clock) -> None:
        self._acts = acts
        self._clock = clock

    async def record(self, act: Act) -> None:
        """Record an act."""
        await self._acts.record(act, now=self._clock())
        log_act(act)

    async def recent(
        self, *, before: int | None = None, target: Target | None = None, most: int = _PAGE
    ) -> list[RecordedAct]:
        """Return a page of acts, newest first: those with ids below ``before``, those against ``target``."""
        return await self._acts.recent(most=most, before=before, target=target)


def log_act(act: Act) -> None:
    """Log an act once it is done."""
    log.info("%s by %s from %s: %s", act.name, act.by.who, act.by.origin, act.target or "everything")
