"""Urgent work goes first: other work waits until none of it is unfinished."""

from __future__ import annotations

import asyncio
from collections.abc import Generator
from contextlib import contextmanager, suppress

LONGEST_DELAY = 2.0
"""Seconds that a steady stream of urgent work delays the other."""


class Precedence:
    """Knows the urgent work by the interactions that it is for, and delays other work until there is none."""

    def __init__(self, *, longest_delay: float = LONGEST_DELAY) -> None:
        self._longest_delay = longest_delay
        self._pending = set[int]()
        self._pending_since = 0.0
        self._none_pending = asyncio.Event()
        self._none_pending.set()
        self._free_until = 0.0

    @contextmanager
    def pending(self, interaction_id: int) -> Generator[None]:
        """Take the work for an interaction as unfinished until ``done`` or the outermost context's end."""
        if interaction_id in self._pending:
            yield
            return
        if not self._pending:
            self._pending_since = asyncio.get_running_loop().time()
            self._none_pending.clear()
        self._pending.add(interaction_id)
        try:
            yield
        finally:
            self.done(interaction_id)

    def done(self, interaction_id: int) -> None:
        """Note that the work for an interaction is finished."""
        self._pending.discard(interaction_id)
        if not self._pending:
            self._none_pending.set()

    async def clear(self) -> None:
        """Return when nothing is unfinished, or when that has lasted too long."""
        if not self._pending:
            return
        end = self._pending_since + self._longest_delay
        if asyncio.get_running_loop().time() >= end:
            return
        with suppress(TimeoutError):
            async with asyncio.timeout_at(end):
                # Until this task goes on, there may be more.
                while self._pending:
                    await self._none_pending.wait()

    async def give_way(self) -> None:
        """Return like ``clear``, but delay work that calls it often for half of its time at most."""
        loop = asyncio.get_running_loop()
        began = loop.time()
        if not self._pending or began < self._free_until:
            return
        await self.clear()
        ended = loop.time()
        self._free_until = max(self._free_until, ended + (ended - began))
