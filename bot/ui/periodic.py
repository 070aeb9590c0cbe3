"""Background loops whose rounds keep an interval and are never made up."""

from __future__ import annotations

from asyncio import Future
from collections.abc import Callable, Coroutine
from datetime import datetime, timedelta
from typing import Any, TypeVar, cast

from discord.ext import tasks
from discord.utils import MISSING, utcnow

Round = TypeVar("Round", bound=Callable[..., Coroutine[Any, Any, Any]])


class PeriodicLoop(tasks.Loop[Round]):
    """A loop whose next round begins an interval after the last one began, or once that has ended.

    The library's own loop runs every round that it missed while the process was suspended, one after another;
    and where the clock was set back, it waits until the time from before is reached again.
    """

    def __get__(self, obj: Any, objtype: type[Any]) -> PeriodicLoop[Round]:
        """Return the loop of an object, which the library makes one of its own kind."""
        loop = super().__get__(obj, objtype)
        loop.__class__ = type(self)
        return cast("PeriodicLoop[Round]", loop)

    def _get_next_sleep_time(self, now: datetime = MISSING) -> datetime:
        # Called when a round begins, with the time for which it was planned.
        self._last_iteration = utcnow()
        return super()._get_next_sleep_time(now)

    def _try_sleep_until(self, dt: datetime) -> Future[Any]:
        return super()._try_sleep_until(min(dt, utcnow() + timedelta(seconds=self._seconds)))


def every(*, seconds: float) -> Callable[[Round], PeriodicLoop[Round]]:
    """Make a method a loop that runs it every so many seconds, from ``start`` to ``cancel``."""

    def decorate(method: Round) -> PeriodicLoop[Round]:
        return PeriodicLoop(
            method, seconds, hours=0, minutes=0, time=MISSING, count=None, reconnect=True, name=None
        )

    return decorate
