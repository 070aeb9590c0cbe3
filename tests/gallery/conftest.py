"""Phones on scenario playgrounds, and the collection of their screenshots."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import Browser, BrowserContext

from tests.support.browser.chromium import browser, open_window
from tests.support.browser.gallery import Gallery
from tests.support.browser.phone import PHONE, TALL_HEIGHT, OpenOnPhone
from tests.support.browser.tab import open_tab

__all__ = ["browser"]


@pytest.fixture(scope="session")
def gallery() -> Iterator[Gallery]:
    """Collect screenshots of cards if SCREENSHOTS is set; some sheets combine several files' cards."""
    wanted = os.environ.get("SCREENSHOTS")
    gallery = Gallery(Path(wanted) / "cards" if wanted else None)
    yield gallery
    gallery.write()


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def window(browser: Browser, gallery: Gallery) -> AsyncIterator[BrowserContext]:
    """Open a window; for screenshots it allows styles that aren't the page's own."""
    async with open_window(browser, bypass_csp=gallery.enabled, device_scale_factor=gallery.scale) as window:
        yield window


@pytest.fixture
def open_on_phone(window: BrowserContext, gallery: Gallery) -> OpenOnPhone:
    """Open a URL on a phone screen."""
    height = TALL_HEIGHT if gallery.enabled else PHONE[1]
    return lambda url: open_tab(window, url, width=PHONE[0], height=height, fonts=gallery.enabled)
