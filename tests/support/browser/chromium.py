"""The Chromium that browser tests drive."""

from __future__ import annotations

import os
import shutil
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
import pytest_asyncio
from playwright.async_api import Browser, BrowserContext, async_playwright, expect

from tests.support.browser.tab import TIMEOUT_MS

INSTALL_HINT = "no Chromium here: apt-get install chromium, or name one in the environment variable CHROMIUM"
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
    """Start Chromium once per session."""
    path = os.environ.get("CHROMIUM") or next(
        filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None
    )
    if path is None:
        (pytest.fail if os.environ.get("CI") else pytest.skip)(INSTALL_HINT)
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=path, args=SWITCHES)
        yield browser
        await browser.close()


@asynccontextmanager
async def open_window(browser: Browser, **options: Any) -> AsyncGenerator[BrowserContext]:
    """Open a window to share: opening one costs more than most tests in it."""
    async with await browser.new_context(**options) as window:
        # An empty tab keeps the window open between tests.
        await window.new_page()
        yield window
