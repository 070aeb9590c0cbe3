"""The README's animation of the demo; SCREENSHOTS=docs/images updates it."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from playwright.async_api import Browser, expect

from bot.demo.page.playground import open_playground
from tests.support.browser.recording import Recording
from tests.support.browser.tab import Tab

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session"), pytest.mark.timeout(180)]
MAX_BYTES = 400_000


async def test_a_request_and_a_remix_are_recorded(browser: Browser, tmp_path: Path) -> None:
    async with open_playground(delay=2, edit_interval=0.5) as playground:
        page = await browser.new_page(viewport={"width": 960, "height": 640})
        tab = Tab(page, playground.url)
        await tab.open()
        recording = Recording(tab)
        await recording.show(1000)
        await recording.type(tab.box, "/imagine prompt: a lighthouse in a storm ratio: 16:9")
        await tab.box.press("Enter")
        await expect(tab.cards).to_have_count(1)
        await recording.wait_for_picture(tab.cards.first)
        await recording.show(2500)
        await tab.press(tab.cards.first, "Remix")
        await expect(tab.dialog).to_be_visible()
        await recording.show(800)
        await recording.type(tab.dialog.get_by_role("textbox").first, "a calm summer morning")
        await tab.dialog.get_by_role("button", name="Submit").click()
        await expect(tab.cards).to_have_count(2)
        await expect(tab.dialog).to_have_count(0)
        await recording.wait_for_picture(tab.cards.nth(1))
        await recording.show(3500)
        await page.close()
    file = Path(os.environ.get("SCREENSHOTS", tmp_path)) / "demo.webp"
    recording.write(file)
    assert file.stat().st_size < MAX_BYTES
