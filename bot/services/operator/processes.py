"""Which processes there are, and what each does."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from bot.domain.models import Activity, Percentiles
from bot.domain.models.processes import Process, ProcessState
from bot.domain.ports import Clock
from bot.store.operator.processes import ProcessStore

OVERDUE = 60.0
"""Seconds after which a process that hasn't reported itself counts as lost."""


class ProcessService:
    """Reports the process ``name``, and lists all."""

    def __init__(self, store: ProcessStore, name: str, clock: Clock) -> None:
        self._store = store
        self._name = name
        self._clock = clock
        self._started_at = clock()

    async def report(self, state: ProcessState) -> None:
        """Record what this process does."""
        process = Process(name=self._name, started_at=self._started_at, seen_at=self._clock(), state=state)
        await self._store.report(process)

    async def stopped(self) -> None:
        """Record that this process stops."""
        await self._store.remove(self._name)

    async def all(self) -> list[Process]:
        """Return the processes of the last day, those that started last first."""
        return await self._store.all()


def step_times(processes: Iterable[Process], activity: Activity, now: float) -> Mapping[str, Percentiles]:
    """Return how long the steps of a request take, in their order.

    The acknowledgement is that of the processes which report themselves.
    """
    reporting = (each for each in processes if now - each.seen_at <= OVERDUE)
    acknowledged = Percentiles.of([seconds for each in reporting for seconds in each.state.acknowledged])
    return ({} if acknowledged is None else {"acknowledge": acknowledged}) | dict(activity.steps)
