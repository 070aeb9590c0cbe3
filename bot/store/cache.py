"""What was read of the database and is kept in memory until somebody changes it, in whichever process."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Generic, TypeVar

_T = TypeVar("_T")


class AtHand(Generic[_T]):
    """Keeps what belongs to at most ``most`` ids; the one that came first goes first."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._kept: dict[int, _T] = {}
        self._news = 0

    def known(self, id_: int) -> _T | None:
        """Return what belongs to an id where it is at hand."""
        return self._kept.get(id_)

    async def get(self, id_: int, read: Callable[[], Awaitable[_T]]) -> _T:
        """Return what belongs to an id, by reading where it isn't at hand."""
        if (known := self.known(id_)) is not None:
            return known
        news = self._news
        found = await read()
        # What was read while news came may be older than they are.
        if news == self._news:
            while len(self._kept) >= self._most:
                del self._kept[next(iter(self._kept))]
            self._kept[id_] = found
        return found

    def hear(self, id_: str) -> None:
        """Forget what belongs to an id because it changed somewhere, or all where it isn't said whose."""
        self._news += 1
        if id_:
            self._kept.pop(int(id_), None)
        else:
            self._kept.clear()
