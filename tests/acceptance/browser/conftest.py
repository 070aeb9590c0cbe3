"""A real Chromium on playgrounds, which run in the same event loop."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager, nullcontext

import pytest
import pytest_asyncio
from playwright.async_api import Browser, BrowserContext

from bot.demo.page.playground import open_playground
from tests.support.browser.chromium import browser, open_window
from tests.support.browser.tab import OpenTab, Tab, open_tab

__all__ = ["browser"]

_SCREENSHOTS = bool(os.environ.get("SCREENSHOTS"))


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def window(browser: Browser) -> AsyncIterator[BrowserContext]:
    async with open_window(browser) as window:
        yield window


@pytest.fixture(scope="session")
def open_playground_tab(browser: Browser, window: BrowserContext) -> OpenTab:
    """Open a playground with a tab on it, which must report no errors.

    All its pictures are the same unless ``painted``, which is slow. Tests enter it themselves: SimCord's
    clock must be installed and removed in the same task.
    """

    @asynccontextmanager
    async def open_both(
        *,
        delay: float = 0,
        edit_interval: float = 0.1,
        locale: str = "en-US",
        width: int = 1200,
        height: int = 850,
        touch: bool = False,
        painted: bool = False,
    ) -> AsyncGenerator[Tab]:
        async with (
            open_playground(
                delay=delay, locale=locale, edit_interval=edit_interval, ready=not painted
            ) as playground,
            open_window(browser, has_touch=True) if touch else nullcontext(window) as screen,
            open_tab(screen, playground.url, width=width, height=height, fonts=_SCREENSHOTS) as tab,
        ):
            yield tab

    return open_both


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def module_tab(open_playground_tab: OpenTab) -> AsyncIterator[Tab]:
    async with _in_one_task(open_playground_tab(painted=_SCREENSHOTS)) as tab:
        yield tab


@pytest_asyncio.fixture(loop_scope="session")
async def tab(module_tab: Tab) -> AsyncIterator[Tab]:
    """Share one playground with the module's other tests; ``tab.card(0)`` is this test's first card."""
    await module_tab.begin()
    yield module_tab
    assert module_tab.browser_errors == []


@asynccontextmanager
async def _in_one_task(context: AbstractAsyncContextManager[Tab]) -> AsyncGenerator[Tab]:
    """Enter and leave a context in the same task, which fixtures don't."""
    entered: asyncio.Future[Tab] = asyncio.get_running_loop().create_future()
    leave = asyncio.Event()

    async def hold() -> None:
        async with context as tab:
            entered.set_result(tab)
            await leave.wait()

    holding = asyncio.create_task(hold())
    await asyncio.wait((entered, holding), return_when=asyncio.FIRST_COMPLETED)
    try:
        if not holding.done():
            yield entered.result()
    finally:
        leave.set()
        await holding
