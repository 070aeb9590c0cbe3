"""An open page after a restart of the demo, and commands typed into it in Chinese."""

from __future__ import annotations

import socket
from contextlib import AsyncExitStack

import pytest
from playwright.async_api import BrowserContext, expect

from bot.demo.page.playground import open_playground
from tests.support.browser.phone import PHONE
from tests.support.browser.tab import Tab, open_tab

pytestmark = [
    pytest.mark.browser,
    pytest.mark.asyncio(loop_scope="session"),
    pytest.mark.timeout(120),
]


SECRET = "s" * 43


async def test_an_open_page_goes_on_after_a_restart_and_commands_are_typed_in_chinese(
    window: BrowserContext,
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    async with AsyncExitStack() as page:
        async with open_playground(port=port, locale="zh-CN", ready=True, secret=SECRET) as first:
            tab = await page.enter_async_context(open_tab(window, first.url, width=PHONE[0], height=PHONE[1]))
            banner = tab.page.locator(".restart-banner")
            await expect(banner).to_be_hidden()
        await expect(banner).to_contain_text("已停止")
        async with open_playground(port=port, locale="zh-CN", ready=True, secret=SECRET, delay=0):
            await expect(banner).to_be_hidden()
            await tab.wait_until_idle()
            await expect(tab.page.locator("#channel-name")).to_have_text("图片")
            await tab.send("/imagine prompt: 狐狸 size: 1K")
            await tab.wait_for_picture(tab.cards.last)
            await choose(tab, "history")
            await expect(tab.page.locator(".command-context")).to_contain_text("浏览")
            await tab.page.keyboard.type("fox")
            await expect(tab.page.locator('.command-option-input[data-option="search"]')).to_have_value("fox")
            await tab.page.locator(".command-context-close").click()
            await choose(tab, "remix")
            await expect(tab.page.locator(".command-suggestion")).to_contain_text("狐狸")
            await tab.page.locator(".command-context-close").click()
            assert await tab.page.evaluate("document.documentElement.scrollWidth") <= PHONE[0]
            # The page couldn't reach the demo for a while.
            tab.browser_errors.clear()
            await page.aclose()


async def choose(tab: Tab, command: str) -> None:
    """Choose a command from the page's list."""
    await tab.box.fill("")
    await tab.box.press_sequentially(f"/{command}")
    await tab.page.locator(".command-entry").first.click()
