"""The demo's playground without its page."""

from __future__ import annotations

import asyncio

from bot.demo.page.playground import open_playground

SECONDS_TO_CLOSE = 10
"""Far less than the pictures would take, and more than a busy machine needs."""


async def test_it_closes_at_once_while_pictures_are_drawn() -> None:
    async with open_playground(delay=60) as playground:
        async with playground.page.paused():
            await playground.viewers[0].slash(
                playground.channel, "imagine", prompt="a lighthouse in a storm", count=4
            )
            await playground.viewers[0].slash(playground.channel, "imagine", prompt="a hang in the fog")
        assert len(await playground.app.jobs.open_ids()) == 2
        closing = asyncio.get_running_loop().time()
    assert asyncio.get_running_loop().time() - closing < SECONDS_TO_CLOSE
