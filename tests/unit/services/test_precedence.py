"""Less urgent work gives way, but gets on."""

from __future__ import annotations

import asyncio

import pytest

from bot.services.precedence import Precedence


async def test_work_that_gave_way_goes_on_for_as_long(monkeypatch: pytest.MonkeyPatch) -> None:
    now = 100.0
    monkeypatch.setattr(asyncio.get_running_loop(), "time", lambda: now)
    precedence = Precedence()

    async def gives_way() -> bool:
        waiting = asyncio.create_task(precedence.give_way())
        for _ in range(3):
            await asyncio.sleep(0)
        waiting.cancel()
        return not waiting.done()

    with precedence.pending(1):
        waiting = asyncio.create_task(precedence.give_way())
        await asyncio.sleep(0)
        now = 101.5
    await waiting
    with precedence.pending(2):
        now = 102.9
        assert not await gives_way()
        now = 103.1
        assert await gives_way()


async def test_work_waits_also_for_what_begins_at_the_moment_in_which_the_last_ends() -> None:
    precedence = Precedence(longest_delay=3600)
    with precedence.pending(1):
        waiting = asyncio.create_task(precedence.clear())
        await asyncio.sleep(0)
    with precedence.pending(2):
        for _ in range(3):
            await asyncio.sleep(0)
        assert not waiting.done()
    await waiting
