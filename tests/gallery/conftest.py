"""Phones on scenario playgrounds, and the collection of their screenshots."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.async_api import Browser

from tests.support.browser.chromium import browser
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


@pytest.fixture
def open_on_phone(browser: Browser, gallery: Gallery) -> OpenOnPhone:
    """Open a URL on a phone screen."""
    height = TALL_HEIGHT if gallery.enabled else PHONE[1]
    return lambda url: open_tab(browser, url, width=PHONE[0], height=height, scale=gallery.scale)
