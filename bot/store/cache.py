"""An in-memory read cache whose entries are invalidated by notifications from any process."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Generic, TypeVar

_T = TypeVar("_T")


class ReadCache(Generic[_T]):
    """Caches one value per id, at most ``size`` of them; the oldest entry is evicted first."""

    def __init__(self, size: int) -> None:
        self._size = size
        self._entries: dict[int, _T] = {}
        self._invalidations = 0

    def peek(self, id_: int) -> _T | None:
        """Return the cached value of an id, or None."""
        return self._entries.get(id_)

    async def get(self, id_: int, load: Callable[[], Awaitable[_T]]) -> _T:
        """Return the value of an id, loading it if it isn't cached."""
        if (cached := self.peek(id_)) is not None:
            return cached
        invalidations = self._invalidations
        found = await load()
        # A value that was loaded while an invalidation arrived may already be stale.
        if invalidations == self._invalidations:
            while len(self._entries) >= self._size:
                del self._entries[next(iter(self._entries))]
            self._entries[id_] = found
        return found

    def invalidate(self, id_: str) -> None:
        """Drop the value of an id, given as in a notification; an empty string drops everything."""
        self._invalidations += 1
        if id_:
            self._entries.pop(int(id_), None)
        else:
            self._entries.clear()
