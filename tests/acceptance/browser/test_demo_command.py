"""The demo as a process whose page is used."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.async_api import Browser, expect

from tests.support.browser.tab import Tab
from tests.support.demo_process import interrupt, started_demo

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]


async def test_ctrl_c_stops_the_demo_while_pictures_are_drawn(browser: Browser, tmp_path: Path) -> None:
    async with started_demo(tmp_path, "--delay", "60") as (process, url):
        page = await browser.new_page()
        tab = Tab(page, url)
        await tab.open()
        await tab.send("/imagine prompt: a lighthouse in a storm count: 4")
        await expect(tab.cards.last).to_contain_text("Drawing…")
        await tab.send("/imagine prompt: a hang in the fog")
        await interrupt(process)
        await page.close()


async def test_the_demo_has_the_styles_of_a_server_that_the_bot_joined(
    browser: Browser, tmp_path: Path
) -> None:
    async with started_demo(tmp_path, "--locale", "zh-TW") as (process, url):
        page = await browser.new_page()
        tab = Tab(page, url)
        await tab.open()
        await expect(await tab.run("styles")).to_contain_text("水墨")
        await interrupt(process)
        await page.close()
