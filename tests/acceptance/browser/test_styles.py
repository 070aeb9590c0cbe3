"""Styles, stars and earlier results in a real browser; SCREENSHOTS=FOLDER saves screenshots."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from playwright.async_api import Locator, expect

from tests.support.browser.tab import OpenTab, Tab

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]

SCREENS = [("en-US", 1200, 850), ("en-US", 390, 844), ("zh-TW", 1200, 850), ("zh-CN", 390, 844)]
BUTTON_TEXTS = {
    "en-US": {
        "to-own": "My styles",
        "new": "New style",
        "name": "Ink wash",
        "text": "in loose ink wash on rice paper",
        "back": "Back",
        "no-style": "No style",
        "save": "Save to my DMs",
        "star": "☆ Star",
        "more": "More",
    },
    "zh-TW": {
        "to-own": "我的風格",
        "new": "新增風格",
        "name": "水墨",
        "text": "水墨畫，宣紙質感，大量留白",
        "back": "返回",
        "no-style": "不加風格",
        "save": "存到私訊",
        "star": "☆ 加星號",
        "more": "更多",
    },
    "zh-CN": {
        "to-own": "我的风格",
        "new": "新建风格",
        "name": "水墨",
        "text": "水墨画，宣纸质感，大量留白",
        "back": "返回",
        "no-style": "不加风格",
        "save": "存到私信",
        "star": "☆ 加星标",
        "more": "更多",
    },
}


async def new_style(tab: Tab, shelf: Locator, words: dict[str, str]) -> None:
    await tab.press(shelf, words["new"])
    fields = tab.dialog.get_by_role("textbox")
    await fields.nth(0).fill(words["name"])
    await fields.nth(1).fill(words["text"])
    await tab.dialog.get_by_role("button", name="Submit").click()
    await expect(tab.dialog).to_have_count(0)


async def keep_screen(tab: Tab, folder: Path, name: str) -> None:
    await tab.wait_until_idle()
    await tab.page.screenshot(path=Path(os.environ.get("SCREENSHOTS", folder)) / f"{name}.png")


@pytest.mark.parametrize(("locale", "width", "height"), SCREENS)
async def test_a_style_is_saved_used_and_listed(
    open_playground_tab: OpenTab, tmp_path: Path, locale: str, width: int, height: int
) -> None:
    words, name = BUTTON_TEXTS[locale], f"{locale}-{width}"
    async with open_playground_tab(locale=locale, width=width, height=height) as tab:
        shelf = await tab.run("styles")
        await tab.press(shelf, words["to-own"])
        await new_style(tab, shelf, words)
        await expect(shelf).to_contain_text(words["text"])
        await tab.send(f"/imagine prompt: a pavilion by a lake size: 1K style: {words['name']}")
        card = tab.cards.nth(1)
        await tab.wait_for_picture(card)
        await expect(card).to_contain_text(f"1024×1024 · {words['name']} · ")
        await tab.press(card, words["more"])
        more = tab.cards.nth(2)
        await tab.press(more, words["star"])
        await expect(more).to_contain_text("★")
        await keep_screen(tab, tmp_path, f"more-{name}")
        again = await tab.run("styles")
        await tab.press(again, words["to-own"])
        await expect(again).to_contain_text(words["name"])
        thumbnail = again.get_by_role("img", name=words["text"])
        await expect(thumbnail).not_to_have_js_property("naturalWidth", 0)
        await keep_screen(tab, tmp_path, f"styles-{name}")
        page = await tab.run("preferences")
        await expect(page).to_contain_text(words["no-style"])
        await keep_screen(tab, tmp_path, f"preferences-{name}")


async def test_an_earlier_result_is_found_as_one_types_and_remixed(
    open_playground_tab: OpenTab, tmp_path: Path
) -> None:
    async with open_playground_tab() as tab:
        await tab.request_picture("a pavilion by a lake size: 1K")
        await tab.request_picture("an owl in a tree size: 1K")
        await tab.wait_until_idle()
        await tab.box.press_sequentially("/remix")
        await tab.box.press("Enter")
        await tab.page.keyboard.type("pavi")
        offered = tab.page.get_by_role("option", name="a pavilion by a lake · ")
        await expect(offered).to_be_visible()
        await expect(tab.page.get_by_role("option", name="an owl")).to_have_count(0)
        await keep_screen(tab, tmp_path, "found")
        await offered.click()
        await tab.page.get_by_role("textbox", name="prompt").fill("in winter")
        await tab.page.keyboard.press("Enter")
        await expect(await tab.wait_for_picture(tab.cards.nth(2))).to_have_attribute(
            "alt", "Remix: in winter"
        )
