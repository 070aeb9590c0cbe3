"""An in-memory read cache whose entries are invalidated by notifications from any process."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any, Generic, TypeVar

from cachetools import LRUCache

_T = TypeVar("_T")


class ReadCache(Generic[_T]):
    """Caches one value per id, at most ``size`` of them; concurrent reads of an id share one load."""

    def __init__(self, size: int) -> None:
        self._entries = LRUCache[int, _T](size)
        self._loads: dict[int, asyncio.Task[_T]] = {}
        """The loads whose values may be cached: those that no invalidation has overtaken."""

    async def get(self, id_: int, load: Callable[[], Coroutine[Any, Any, _T]]) -> _T:
        """Return the value of an id, loading it if it isn't cached."""
        if (cached := self._entries.get(id_)) is not None:
            return cached
        task = self._loads.get(id_)
        if task is None:
            task = self._loads[id_] = asyncio.create_task(load(), name=f"load {id_}")
            task.add_done_callback(lambda done: self._finish(id_, done))
        # Shielded, as others may wait for the same load.
        return await asyncio.shield(task)

    def invalidate(self, id_: str) -> None:
        """Drop the value of an id, given as in a notification; an empty string drops everything."""
        if id_:
            self._entries.pop(int(id_), None)
            self._loads.pop(int(id_), None)
        else:
            self._entries.clear()
            self._loads.clear()

    def _finish(self, id_: int, task: asyncio.Task[_T]) -> None:
        overtaken = self._loads.get(id_) is not task
        if not overtaken:
            del self._loads[id_]
        # Reading the exception marks it as retrieved: every waiter may have been cancelled.
        if not task.cancelled() and task.exception() is None and not overtaken:
            self._entries[id_] = task.result()
