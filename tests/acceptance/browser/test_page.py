"""What only a rendered page shows: layout, pictures, menus. One playground is shared.

SCREENSHOTS=docs/images updates the pictures of docs/demo.md.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest
import pyvips
from playwright.async_api import expect

from tests.support.browser.apps_menus import apps, menu, messages, pick, submit
from tests.support.browser.gallery import packed
from tests.support.browser.tab import Tab

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]

MEMBER, MODERATOR = "You", "Mei"
OFFERED = """async () => (await import("/app.js")).request("/menus.json")"""
CHOOSE = """async (key) => (await import("/app.js")).dispatch("click", {control_key: key})"""
PHONE = (390, 844)


@pytest.mark.parametrize(
    ("name", "width", "height", "ratio"),
    [("playground", 1200, 850, "3:2"), ("phone", *PHONE, "1:1")],
)
async def test_a_finished_card_fits_the_screen(
    tab: Tab, tmp_path: Path, name: str, width: int, height: int, ratio: str
) -> None:
    await tab.resize(width, height)
    card = await tab.request_picture(f"a lighthouse in a storm ratio: {ratio}")
    await expect(tab.button(card, "More")).to_be_in_viewport(ratio=1)
    await expect(card.locator(".gallery-image")).to_be_in_viewport(ratio=1)
    await expect(tab.page.locator("#inspector-count")).to_be_hidden()
    assert await tab.page.evaluate("() => document.documentElement.scrollWidth") <= width
    await tab.box.blur()
    screen: Any = pyvips.Image.new_from_buffer(await tab.page.screenshot(), "")
    (Path(os.environ.get("SCREENSHOTS", tmp_path)) / f"{name}.webp").write_bytes(packed(screen))


async def test_a_menu_near_the_edges_of_a_phone_fits_it(tab: Tab) -> None:
    await tab.resize(*PHONE)
    card = messages(tab).last
    for right, bottom in ((True, True), (False, True), (True, False)):
        await card.scroll_into_view_if_needed()  # and its layout for this width is done
        box = await card.bounding_box()
        assert box
        x, y = box["width"] - 2 if right else 2, box["height"] - 2 if bottom else 2
        await card.click(button="right", position={"x": x, "y": y})
        await expect(menu(tab)).to_be_in_viewport(ratio=1)
        await tab.page.keyboard.press("Escape")


async def test_one_of_four_pictures_is_chosen_after_a_right_click(tab: Tab) -> None:
    four = await tab.request_picture("a fox in the snow ratio: 16:9 size: 1K count: 4")
    await four.locator(".gallery-image").nth(2).click(button="right")
    await pick(tab, "Remix")
    question = tab.cards.filter(has_text="Which picture?").last
    await tab.press(question, "3")
    await submit(tab, "in winter")


async def test_a_picture_stays_visible_when_its_card_is_edited(tab: Tab) -> None:
    card = tab.cards.last
    for label in ("Edit", "Remix"):
        await tab.press(card, label)
        await expect(tab.dialog).to_be_visible()
        await tab.page.keyboard.press("Escape")
        await expect(tab.dialog).to_have_count(0)
    await tab.wait_for_picture(card)
    await expect(tab.page.get_by_text("unavailable")).to_have_count(0)


async def test_a_menu_is_used_with_the_keyboard_alone(tab: Tab) -> None:
    await tab.view_as(MODERATOR)
    photo, keyboard = messages(tab).first, tab.page.keyboard
    name, button = photo.get_by_role("button", name=MODERATOR, exact=True), apps(photo)
    await name.focus()
    await keyboard.press("Enter")
    items = menu(tab).get_by_role("menuitem")
    await expect(items.first).to_be_focused()
    for key, at in (("ArrowDown", 1), ("ArrowDown", 0), ("ArrowUp", 1), ("Home", 0), ("End", 1)):
        await keyboard.press(key)
        await expect(items.nth(at)).to_be_focused()
    await keyboard.press("Escape")
    await expect(menu(tab)).to_have_count(0)
    await expect(name).to_be_focused()
    await button.focus()
    await keyboard.press("Enter")
    await expect(items.first).to_be_focused()
    await tab.wait_until_idle()
    await keyboard.press("Enter")
    await expect(tab.dialog).to_be_visible()
    await tab.wait_until_idle()
    await keyboard.press("Escape")
    await expect(tab.dialog).to_have_count(0)
    await expect(button).to_be_focused()


async def test_a_menu_closes_by_a_click_elsewhere(tab: Tab) -> None:
    photo = messages(tab).first
    await photo.hover()
    await apps(photo).click()
    await expect(menu(tab)).to_be_visible()
    await expect(apps(photo)).to_have_attribute("aria-expanded", "true")
    await apps(photo).click()
    await expect(menu(tab)).to_have_count(0)
    await apps(photo).click()
    await expect(menu(tab)).to_be_visible()
    await tab.box.click()
    await expect(menu(tab)).to_have_count(0)


async def test_a_choice_that_is_not_offered_is_refused(tab: Tab) -> None:
    await tab.view_as(MODERATOR)
    offered = await tab.page.evaluate(OFFERED)
    (pause,) = [command["id"] for command in offered["user"] if command["name"] == "Pause pictures"]
    await tab.view_as(MEMBER)
    key = f"message:{await messages(tab).first.get_attribute('data-message-id')}:component:apps:{pause}"
    await tab.page.evaluate(CHOOSE, key)
    await expect(tab.page.locator("#action-status")).to_have_text("Action was not completed.")
    await expect(tab.dialog).to_have_count(0)
