"""The level at which all processes log."""

from __future__ import annotations

import logging

from bot.domain.controls.acts import Act, Operator
from bot.domain.ports import Clock
from bot.services.operator.audit import log_act
from bot.store.operator.log_level import LogLevelStore
from bot.telemetry.logging import LEVELS, set_level


class LogLevelService:
    """Changes the level until the processes are started again, which then use that of the settings."""

    def __init__(self, store: LogLevelStore, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    @property
    def current(self) -> str:
        """The level of this process."""
        return logging.getLevelName(logging.getLogger().level)

    async def change(self, level: str, *, by: Operator, reason: str = "") -> None:
        """Change the level of all processes; raise ``ValueError`` for one that doesn't exist."""
        if level not in LEVELS:
            raise ValueError(f"the level is one of {', '.join(LEVELS)}")
        act = Act(by=by, name="log-level", reason=reason, details={"level": level})
        await self._store.change(level, act, now=self._clock())
        log_act(act)
        if not self._store.notifies:
            self.apply(level)

    def apply(self, level: str) -> None:
        """Use a level that a process was told; anything else is ignored."""
        if level in LEVELS:
            set_level(level)
