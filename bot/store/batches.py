"""Answers calls for single ids together, many in one transaction when many come at once."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Collection, Mapping
from typing import Generic, TypeVar

_T = TypeVar("_T")


class Batches(Generic[_T]):
    """Calls ``run`` with ids, one batch at a time: ids that are asked for meanwhile are the next batch.

    A result is never older than the call that asks for it.
    """

    def __init__(self, run: Callable[[Collection[int]], Awaitable[Mapping[int, _T]]]) -> None:
        self._run = run
        self._running = asyncio.Lock()
        self._ids = set[int]()
        self._next: asyncio.Task[Mapping[int, _T]] | None = None

    async def get(self, id_: int) -> _T | None:
        """Return the result for an id, None if there is none; raises like ``run``."""
        if self._next is None:
            self._next = asyncio.create_task(self._run_next())
        self._ids.add(id_)
        # Shielded, as others wait for the same batch.
        return (await asyncio.shield(self._next)).get(id_)

    async def _run_next(self) -> Mapping[int, _T]:
        async with self._running:
            ids, self._ids, self._next = self._ids, set[int](), None
            return await self._run(ids)
