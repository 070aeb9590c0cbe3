"""Reads values by id, many in one transaction when many are asked for at once."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection, Mapping
from typing import Generic, TypeVar

from sqlalchemy import Connection, Engine

from bot.store.db.transactions import read

_T = TypeVar("_T")


class BatchedReads(Generic[_T]):
    """Reads values one transaction at a time: ids that are asked for meanwhile are the next batch.

    A value is never older than the call that asks for it.
    """

    def __init__(
        self, engine: Engine, fetch: Callable[[Connection, Collection[int]], Mapping[int, _T]]
    ) -> None:
        self._engine = engine
        self._fetch = fetch
        self._reading = asyncio.Lock()
        self._ids = set[int]()
        self._next: asyncio.Task[Mapping[int, _T]] | None = None

    async def get(self, id_: int) -> _T | None:
        """Return the value of an id, None if there is none; raises like ``read``."""
        if self._next is None:
            self._next = asyncio.create_task(self._read_batch())
        self._ids.add(id_)
        # Shielded, as others wait for the same batch.
        return (await asyncio.shield(self._next)).get(id_)

    async def _read_batch(self) -> Mapping[int, _T]:
        async with self._reading:
            ids, self._ids, self._next = self._ids, set[int](), None
            return await read(self._engine, lambda connection: self._fetch(connection, ids))
