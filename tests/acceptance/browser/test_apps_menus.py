"""Apps menus of messages and members in a real browser, on one shared playground."""

from __future__ import annotations

import pytest
from playwright.async_api import expect

from tests.support.browser.apps_menus import apps, menu, messages, pick, submit
from tests.support.browser.tab import Tab

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]

MEMBER, MODERATOR = "You", "Mei"
OFFERED = """async () => (await import("/app.js")).request("/menus.json")"""
CHOOSE = """async (key) => (await import("/app.js")).dispatch("click", {control_key: key})"""


async def test_one_of_four_pictures_is_chosen_after_a_right_click(tab: Tab) -> None:
    four = await tab.request_picture("a fox in the snow ratio: 16:9 size: 1K count: 4")
    await four.locator(".gallery-image").nth(2).click(button="right")
    await pick(tab, "Remix")
    await expect(tab.dialog).to_contain_text("Which picture")
    await tab.dialog.get_by_role("combobox", name="Which picture").click()
    await tab.page.get_by_role("option", name="3 · ").click()
    await submit(tab, "in winter")


async def test_a_persons_avatar_is_remixed_from_their_name(tab: Tab) -> None:
    await messages(tab).first.get_by_role("button", name=MODERATOR, exact=True).click()
    await pick(tab, "Remix avatar")
    await expect(tab.dialog).to_contain_text("1:1")
    await submit(tab, "as a marble statue")


async def test_a_message_without_a_picture_is_refused(tab: Tab) -> None:
    await tab.send("only words")
    await messages(tab).last.locator(".message-content").click(button="right")
    await pick(tab, "Remix")
    answer = messages(tab).last
    await expect(answer).to_contain_text("message has no picture")
    await answer.hover()
    await expect(answer.get_by_role("button", name="Reply")).to_be_visible()
    await expect(apps(answer)).to_have_count(0)


async def test_a_choice_that_is_not_offered_is_refused(tab: Tab) -> None:
    await tab.view_as(MODERATOR)
    offered = await tab.page.evaluate(OFFERED)
    (pause,) = [command["id"] for command in offered["user"] if command["name"] == "Pause pictures"]
    await tab.view_as(MEMBER)
    key = f"message:{await messages(tab).first.get_attribute('data-message-id')}:component:apps:{pause}"
    await tab.page.evaluate(CHOOSE, key)
    await expect(tab.page.locator("#action-status")).to_have_text("Action was not completed.")
    await expect(tab.dialog).to_have_count(0)


async def test_menu_entries_need_the_page_token(tab: Tab) -> None:
    origin, _, capability = tab.url.partition("/#")
    get = tab.page.request.get
    assert (await get(f"{origin}/menus.json")).status == 401
    known = {"X-Simcord-Capability": capability, "X-Simcord-Context": "another page"}
    assert (await get(f"{origin}/menus.json", headers=known)).status == 410


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
