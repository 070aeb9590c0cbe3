"""The demo's playground without its page."""

from __future__ import annotations

import asyncio

import aiohttp

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
        assert len(await playground.app.stores.jobs.open_ids()) == 2
        closing = asyncio.get_running_loop().time()
    assert asyncio.get_running_loop().time() - closing < SECONDS_TO_CLOSE


async def test_menu_entries_need_the_page_token() -> None:
    async with open_playground() as playground, aiohttp.ClientSession() as session:
        origin, _, capability = playground.url.partition("/#")
        known = {"X-Simcord-Capability": capability, "X-Simcord-Context": "another page"}
        statuses: list[int] = []
        for headers in ({}, known):
            async with session.get(f"{origin}/menus.json", headers=headers) as response:
                statuses.append(response.status)
    assert statuses == [401, 410]
