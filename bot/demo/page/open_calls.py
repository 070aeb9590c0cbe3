"""Counts the open calls of the relay, so that others can wait for their answers."""

from __future__ import annotations

import asyncio
from collections.abc import Generator
from contextlib import contextmanager


class OpenCalls:
    """Which of the relay's calls aren't answered yet."""

    def __init__(self) -> None:
        self._count = 0
        self._none = asyncio.Event()
        self._none.set()

    @contextmanager
    def count(self) -> Generator[None]:
        """Count a call while it is open."""
        self._count += 1
        self._none.clear()
        try:
            yield
        finally:
            self._count -= 1
            if not self._count:
                self._none.set()

    async def wait_until_answered(self) -> None:
        """Wait until no call is open."""
        await self._none.wait()
