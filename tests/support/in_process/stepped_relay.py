"""A relay that draws one picture at a time, when the test says so."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path

from bot.config.settings import Settings
from bot.domain.models import ImageRequest, Picture
from bot.domain.ports import Relay
from tests.support.in_process.guild import RelayControl, SimulatedGuild, open_guild, open_simulation


class SteppedRelay:
    """Holds each call until the test lets it end, with a picture or with an error."""

    def __init__(self) -> None:
        self.inner: Relay | None = None
        self.calls = 0
        self._outcomes: asyncio.Queue[Exception | None] = asyncio.Queue()
        self._ended = asyncio.Event()

    def wrap(self, inner: Relay) -> SteppedRelay:
        """Draw with another relay."""
        self.inner = inner
        return self

    async def generate(self, request: ImageRequest, into: Path) -> Picture:
        """Generate once the test says so."""
        assert self.inner is not None
        self.calls += 1
        try:
            if error := await self._outcomes.get():
                raise error
            return await self.inner.generate(request, into)
        finally:
            self._ended.set()

    async def draw_next(self, error: Exception | None = None) -> None:
        """End one call, and wait for its end."""
        self._ended.clear()
        self._outcomes.put_nowait(error)
        async with asyncio.timeout(60):
            await self._ended.wait()

    def draw_all(self) -> None:
        """Let every call end at once from now on."""
        for _ in range(20):
            self._outcomes.put_nowait(None)

    def reset(self) -> None:
        """Hold the next calls, and count anew."""
        self.calls = 0
        self._outcomes = asyncio.Queue()


@asynccontextmanager
async def open_stepped_simulation(
    folder: Path, *, concurrency: int = 1
) -> AsyncGenerator[tuple[SimulatedGuild, SteppedRelay]]:
    """Start the bot in front of a stepped relay with this many calls at once."""
    stepped = SteppedRelay()

    def wrap(relay: Relay, _: Settings, __: RelayControl) -> Relay:
        return stepped.wrap(relay)

    async with open_simulation(
        folder, hold_relay=True, wrap_relay=wrap, RELAY_CONCURRENCY=str(concurrency)
    ) as sim:
        yield sim, stepped


@asynccontextmanager
async def open_stepped_guild(shared: SimulatedGuild, stepped: SteppedRelay) -> AsyncGenerator[SimulatedGuild]:
    """Create another server in a running simulation with a stepped relay."""
    stepped.reset()
    async with open_guild(shared, hold_relay=True) as sim:
        sim.relay.gate.set()
        yield sim
        stepped.draw_all()
