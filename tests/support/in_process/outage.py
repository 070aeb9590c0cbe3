"""Takes the database of a simulated bot away, and shortens what it waits for in real time."""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from typing import Any, Literal

from bot.services.deadline import Deadline
from bot.services.storage_wait import StorageWait
from bot.store.errors import DatabaseOutage
from bot.ui.intake.interactions.storage import InteractionStorage
from tests.support.in_process.guild import SimulatedGuild

OutageKind = Literal["refused", "hanging"]
_RETRIED = 60.0
"""Seconds after which the store gives an operation up when connections are refused."""
_SHORT = 0.02


class Outage:
    """Refuses operations after a minute, or lets them hang, until it ends; the time is the simulation's."""

    def __init__(self, sim: SimulatedGuild) -> None:
        self._sim = sim
        self._over = asyncio.Event()
        self._over.set()
        self._kind: OutageKind = "refused"
        self.operations = 0

    def begin(self, kind: OutageKind) -> None:
        self._kind = kind
        self._over.clear()

    async def end(self) -> None:
        self._over.set()
        await self._sim.env.settle()
        # What the store was about to repeat.
        await self._sim.env.advance_time(1)

    async def check(self) -> None:
        if self._over.is_set():
            return
        try:
            await self._sim.env.external_wait(self._wait(), reason="the database is away")
        except TimeoutError:
            raise DatabaseOutage("no connection") from None

    async def _wait(self) -> None:
        async with asyncio.timeout(_RETRIED if self._kind == "refused" else None):
            await self._over.wait()


@contextmanager
def open_outage(sim: SimulatedGuild) -> Generator[Outage]:
    """Let every operation of every store depend on the outage that is yielded, which hasn't begun."""
    outage, undo = Outage(sim), list[tuple[Any, str]]()
    for part in _parts(sim.bot):
        if isinstance(part, Deadline):
            part._seconds = _SHORT  # pyright: ignore[reportPrivateUsage]
        elif isinstance(part, InteractionStorage):
            part._preparation = _SHORT  # pyright: ignore[reportPrivateUsage]
        elif isinstance(part, StorageWait):
            part._notice_after = _SHORT  # pyright: ignore[reportPrivateUsage]
        else:
            undo += [(part, name) for name in _make_dependent(part, outage)]
    yield outage
    for part, name in undo:
        delattr(part, name)
    # Commands let them reach the command tree, which answers them.
    captured: list[BaseException] = sim.env._errors
    captured[:] = [error for error in captured if not _is_outage(error)]


def _make_dependent(store: Any, outage: Outage) -> Iterator[str]:
    for name, method in inspect.getmembers(store, inspect.iscoroutinefunction):
        if name.startswith("_"):
            continue

        async def checked(*args: Any, method: Any = method, **options: Any) -> Any:
            outage.operations += 1
            await outage.check()
            return await method(*args, **options)

        setattr(store, name, checked)
        yield name


def _is_outage(error: BaseException) -> bool:
    return isinstance(getattr(error, "original", error), DatabaseOutage)


def _parts(root: Any) -> Iterator[Any]:
    """Yield the stores, deadlines and waits that objects of the bot hold, at any depth."""
    waiting, seen = [root], set[int]()
    while waiting:
        part = waiting.pop()
        if id(part) in seen:
            continue
        seen.add(id(part))
        module = type(part).__module__
        if module.startswith("bot.store.") and hasattr(part, "_engine"):
            yield part
        if isinstance(part, (Deadline, InteractionStorage, StorageWait)):
            yield part
        if module.startswith(("bot.", "cogs.")):
            waiting += _attributes(part)
        elif isinstance(part, dict):
            waiting += part.values()
        elif inspect.ismethod(part):
            waiting.append(part.__self__)


def _attributes(part: Any) -> list[Any]:
    names: list[str] = [*getattr(part, "__slots__", ()), *getattr(part, "__dict__", ())]
    return [getattr(part, name, None) for name in names]
