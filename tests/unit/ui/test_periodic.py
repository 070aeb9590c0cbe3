"""Background loops: a stall makes up no missed round, and a clock that is set back halts none."""

from __future__ import annotations

import asyncio
import re
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from discord.utils import utcnow

from bot.ui import periodic
from bot.ui.periodic import every

ROOT = Path(__file__).parents[3]
STEP = timedelta(hours=1)


class Clock:
    """A clock that a test sets."""

    def __init__(self, now: datetime) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now


class Minutely:
    """Counts the rounds of a loop, the first of which ends at another time."""

    def __init__(self, clock: Clock, step: timedelta) -> None:
        self.rounds = 0
        self._clock, self._step = clock, step

    async def _round(self) -> None:
        self.rounds += 1
        if self.rounds == 1:
            self._clock.now += self._step

    @every(seconds=60)
    async def loop(self) -> None:
        await self._round()

    @every(seconds=0.001)
    async def quick_loop(self) -> None:
        await self._round()


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock(utcnow())
    monkeypatch.setattr(periodic, "utcnow", clock)
    return clock


async def test_after_a_stall_one_round_is_run_and_the_next_is_an_interval_away(clock: Clock) -> None:
    clock.now -= STEP
    stalled = Minutely(clock, STEP)
    stalled.loop.start()
    for _ in range(20):
        await asyncio.sleep(0)
    following = stalled.loop.next_iteration
    stalled.loop.cancel()
    assert (stalled.rounds, following) == (2, clock.now + timedelta(minutes=1))


async def test_a_clock_that_is_set_back_halts_no_loop(clock: Clock) -> None:
    clock.now += STEP
    counter = Minutely(clock, -STEP)
    counter.quick_loop.start()
    async with asyncio.timeout(60):
        while counter.rounds < 3:  # noqa: ASYNC110  # nothing signals it
            await asyncio.sleep(0)
    counter.quick_loop.cancel()


async def test_each_object_has_a_loop_of_its_own() -> None:
    one, other = (Minutely(Clock(utcnow()), STEP) for _ in range(2))
    assert one.loop is one.loop is not other.loop


def test_every_loop_of_the_project_is_such_a_loop() -> None:
    files = [*ROOT.glob("bot/**/*.py"), *ROOT.glob("cogs/**/*.py")]
    others = [
        str(file.relative_to(ROOT))
        for file in files
        if re.search(r"(?m)^\s*(from|import) discord\.ext(\.| import .*)tasks", file.read_text("utf-8"))
    ]
    assert others == ["bot/ui/periodic.py"]
