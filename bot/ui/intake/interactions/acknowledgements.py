"""Acknowledgements first: what follows them waits until no interaction is unacknowledged."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager

from bot.services.precedence import LONGEST_DELAY, Precedence

_LONGEST_TURN = 0.1
"""Seconds after which the next may go ahead too: one that hangs in an outage holds up no other."""
_AT_ONCE = 32
"""Acknowledgements that are sent at the same time. In a burst, more would each open a connection, which takes
as long as all the rest of an acknowledgement, and the first would arrive with the last."""


class Acknowledgements(Precedence):
    """Knows the interactions that aren't acknowledged yet, and delays other work until there are none."""

    def __init__(self, *, longest_delay: float = LONGEST_DELAY, longest_turn: float = _LONGEST_TURN) -> None:
        super().__init__(longest_delay=longest_delay)
        self._longest_turn = longest_turn
        self._turns = asyncio.Semaphore(_AT_ONCE)

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
