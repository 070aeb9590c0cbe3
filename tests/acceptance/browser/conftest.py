"""A real Chromium on the playground, which runs in the same event loop."""

from __future__ import annotations

import os
import shutil
from collections.abc import AsyncGenerator, AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import Browser, async_playwright, expect

from bot.demo.page.playground import open_playground
from tests.support.browser.gallery import Gallery
from tests.support.browser.phone import PHONE, TALL_HEIGHT, OpenOnPhone
from tests.support.browser.tab import TIMEOUT_MS, OpenTab, Tab, open_tab

MISSING = "no Chromium here: apt-get install chromium, or name one in the environment variable CHROMIUM"
# Tests may run as root, so without a sandbox; without a GPU and background traffic.
SWITCHES = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]

expect.set_options(timeout=TIMEOUT_MS)


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def browser() -> AsyncIterator[Browser]:
    path = os.environ.get("CHROMIUM") or next(
        filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None
    )
    if path is None:
        (pytest.fail if os.environ.get("CI") else pytest.skip)(MISSING)
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=path, args=SWITCHES)
        yield browser
        await browser.close()


@pytest.fixture(scope="session")
def gallery() -> Iterator[Gallery]:
    """Collect screenshots of cards if SCREENSHOTS is set; some sheets combine several files' cards."""
    wanted = os.environ.get("SCREENSHOTS")
    gallery = Gallery(Path(wanted) / "cards" if wanted else None)
    yield gallery
    gallery.write()


@pytest.fixture
def open_on_phone(browser: Browser, gallery: Gallery) -> OpenOnPhone:
    """Open a URL on a phone screen."""
    height = TALL_HEIGHT if gallery.enabled else PHONE[1]
    return lambda url: open_tab(browser, url, width=PHONE[0], height=height, scale=gallery.scale)


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
