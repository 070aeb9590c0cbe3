"""A real Chromium on the playground, which runs in the same event loop."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import pytest
from playwright.async_api import Browser

from bot.demo.page.playground import open_playground
from tests.support.browser.chromium import browser
from tests.support.browser.tab import OpenTab, Tab, open_tab

__all__ = ["browser"]


@pytest.fixture
def open_playground_tab(browser: Browser) -> OpenTab:
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
            open_tab(browser, playground.url, width=width, height=height, touch=touch) as tab,
        ):
            yield tab

    return open_both
