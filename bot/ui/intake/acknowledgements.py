"""Acknowledgements first: what follows them waits until no interaction is unacknowledged."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Generator
from contextlib import asynccontextmanager, contextmanager, suppress

_LONGEST_DELAY = 2.0
"""Seconds that a steady stream of new interactions delays the work that follows."""
_LONGEST_TURN = 0.1
"""Seconds after which the next may go ahead too: one that hangs in an outage holds up no other."""
_AT_ONCE = 32
"""Acknowledgements that are sent at the same time. In a burst, more would each open a connection, which takes
as long as all the rest of an acknowledgement, and the first would arrive with the last."""


class Acknowledgements:
    """Knows the interactions that aren't acknowledged yet, and delays other work until there are none."""

    def __init__(self, *, longest_delay: float = _LONGEST_DELAY, longest_turn: float = _LONGEST_TURN) -> None:
        self._longest_delay = longest_delay
        self._longest_turn = longest_turn
        self._turns = asyncio.Semaphore(_AT_ONCE)
        self._pending = set[int]()
        self._pending_since = 0.0
        self._none_pending = asyncio.Event()
        self._none_pending.set()

    @contextmanager
    def pending(self, interaction_id: int) -> Generator[None]:
        """Take an interaction as unacknowledged until ``done`` or the end of the outermost context."""
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
        """Note that an interaction is acknowledged."""
        self._pending.discard(interaction_id)
        if not self._pending:
            self._none_pending.set()

    async def clear(self) -> None:
        """Return when nothing is unacknowledged, or when that has lasted too long."""
        if not self._pending:
            return
        with suppress(TimeoutError):
            async with asyncio.timeout_at(self._pending_since + self._longest_delay):
                await self._none_pending.wait()

    @asynccontextmanager
    async def own_turn(self) -> AsyncGenerator[None]:
        """Take a turn to acknowledge an interaction, in the order of the calls."""
        async with self._turn_of(self._turns):
            yield

    @asynccontextmanager
    async def turn(self, turns: asyncio.Semaphore) -> AsyncGenerator[None]:
        """Take one of ``turns`` when nothing is unacknowledged.

        A turn that takes too long is given to the next, while the context goes on.
        """
        async with self._turn_of(turns, self.clear):
            yield

    @asynccontextmanager
    async def _turn_of(
        self, turns: asyncio.Semaphore, ready: Callable[[], Awaitable[None]] | None = None
    ) -> AsyncGenerator[None]:
        await turns.acquire()
        end = _once(turns.release)
        try:
            if ready is not None:
                await ready()
            timer = asyncio.get_running_loop().call_later(self._longest_turn, end)
            try:
                yield
            finally:
                timer.cancel()
        finally:
            end()


def _once(action: Callable[[], None]) -> Callable[[], None]:
    actions = [action]
    return lambda: actions.pop()() if actions else None
