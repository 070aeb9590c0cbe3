"""The playground's layout; SCREENSHOTS=docs/images updates the README's pictures."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest
import pyvips
from playwright.async_api import expect

from tests.support.browser.gallery import packed
from tests.support.browser.tab import OpenTab

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]


@pytest.mark.parametrize(
    ("name", "width", "height", "ratio"),
    [("playground", 1200, 850, "3:2"), ("phone", 390, 844, "1:1")],
)
async def test_a_finished_card_fits_the_screen(
    open_playground_tab: OpenTab, tmp_path: Path, name: str, width: int, height: int, ratio: str
) -> None:
    async with open_playground_tab(width=width, height=height) as tab:
        card = await tab.request_picture(f"a lighthouse in a storm ratio: {ratio}")
        await expect(tab.button(card, "More")).to_be_in_viewport(ratio=1)
        await expect(card.locator(".gallery-image")).to_be_in_viewport(ratio=1)
        await expect(tab.page.locator("#inspector-count")).to_be_hidden()
        wide = await tab.page.evaluate("() => document.documentElement.scrollWidth")
        assert wide <= width
        await tab.box.blur()
        screen: Any = pyvips.Image.new_from_buffer(await tab.page.screenshot(), "")
        (Path(os.environ.get("SCREENSHOTS", tmp_path)) / f"{name}.webp").write_bytes(packed(screen))


async def test_a_picture_stays_visible_when_its_card_is_edited(open_playground_tab: OpenTab) -> None:
    async with open_playground_tab() as tab:
        card = await tab.request_picture("a lighthouse in a storm")
        for label in ("Edit", "Remix"):
            await tab.press(card, label)
            await expect(tab.dialog).to_be_visible()
            await tab.page.keyboard.press("Escape")
            await expect(tab.dialog).to_have_count(0)
        await tab.wait_for_picture(card)
        await expect(tab.page.get_by_text("unavailable")).to_have_count(0)
