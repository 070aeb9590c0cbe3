"""Apps menus of messages and members in a real browser."""

from __future__ import annotations

import re
from statistics import fmean

import pytest
from playwright.async_api import Locator, expect

from tests.support.browser.tab import OpenTab, Tab

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]

MEMBER, MODERATOR = "You", "Mei"
OFFERED = """async () => (await import("/app.js")).request("/menus.json")"""
CHOOSE = """async (key) => (await import("/app.js")).dispatch("click", {control_key: key})"""


def messages(tab: Tab) -> Locator:
    return tab.page.locator("#channel-message-list article")


def menu(tab: Tab) -> Locator:
    return tab.page.get_by_role("menu")


def apps(message: Locator, label: str = "Apps") -> Locator:
    return message.get_by_role("button", name=label, exact=True)


async def pick(tab: Tab, command: str) -> None:
    """Choose a command from the menu that is open."""
    item = menu(tab).get_by_role("menuitem", name=command, exact=True)
    await expect(item).to_be_visible()
    await tab.wait_until_idle()
    await item.click()


async def submit(tab: Tab, prompt: str) -> Locator:
    """Submit a prompt, and return the card that shows the picture."""
    count = await tab.cards.count()
    await tab.dialog.get_by_role("textbox").first.fill(prompt)
    await tab.wait_until_idle()
    await tab.dialog.get_by_role("button", name="Submit").click()
    await expect(tab.dialog).to_have_count(0)
    await expect(tab.cards).to_have_count(count + 1)
    card = tab.cards.nth(count)
    await expect(await tab.wait_for_picture(card)).to_have_attribute("alt", re.compile(f"{prompt}$"))
    return card


async def open_on_person(tab: Tab, message: Locator) -> list[str]:
    """Open the menu of a message's author, and return its entries."""
    await message.locator(".message-avatar").click(button="right")
    await expect(menu(tab)).to_be_visible()
    return await menu(tab).get_by_role("menuitem").all_inner_texts()


async def test_anybodys_picture_is_remixed_from_its_messages_menu(open_playground_tab: OpenTab) -> None:
    async with open_playground_tab(painted=True) as tab:
        photo = messages(tab).first
        await photo.hover()
        await apps(photo).click()
        await pick(tab, "Remix")
        for field in ("Prompt", "Ratio", "3:2 · camera photo", "Size"):
            await expect(tab.dialog).to_contain_text(field)
        await expect(tab.dialog).not_to_contain_text("Which picture")
        card = await submit(tab, "a little softer")
        remixed = await tab.pixels(await tab.wait_for_picture(card))
        seen = await tab.pixels(photo.get_by_alt_text("harbour.jpg"))
        assert fmean(abs(one - other) for one, other in zip(remixed, seen, strict=True)) < 25
        await tab.press(card, "More")
        await expect(tab.cards.last).to_contain_text("Remix · 3:2")


async def test_one_of_four_pictures_is_chosen_after_a_right_click(open_playground_tab: OpenTab) -> None:
    async with open_playground_tab() as tab:
        four = await tab.request_picture("a fox in the snow ratio: 16:9 size: 1K count: 4")
        await four.locator(".gallery-image").nth(2).click(button="right")
        await pick(tab, "Remix")
        await expect(tab.dialog).to_contain_text("Which picture")
        await tab.dialog.get_by_role("combobox", name="Which picture").click()
        await tab.page.get_by_role("option", name="3 · ").click()
        await submit(tab, "in winter")


async def test_a_persons_avatar_is_remixed_from_their_name(open_playground_tab: OpenTab) -> None:
    async with open_playground_tab() as tab:
        await messages(tab).first.get_by_role("button", name=MODERATOR, exact=True).click()
        await pick(tab, "Remix avatar")
        await expect(tab.dialog).to_contain_text("1:1")
        await submit(tab, "as a marble statue")


async def test_only_moderators_are_offered_to_pause_members(open_playground_tab: OpenTab) -> None:
    async with open_playground_tab() as tab:
        await tab.send("hello")
        hello = messages(tab).last
        assert await open_on_person(tab, hello) == ["Remix avatar"]
        await tab.view_as(MODERATOR)
        assert await open_on_person(tab, hello) == ["Pause pictures", "Remix avatar"]
        await pick(tab, "Pause pictures")
        await expect(tab.dialog).to_contain_text("For how long")
        await tab.wait_until_idle()
        await tab.dialog.get_by_role("button", name="Submit").click()
        await expect(messages(tab).last).to_contain_text("Only you can see this")
        await tab.view_as(MEMBER)
        await tab.send("/imagine prompt: a fox size: 1K")
        await expect(messages(tab).last).to_contain_text("paused")


async def test_a_message_without_a_picture_is_refused(open_playground_tab: OpenTab) -> None:
    async with open_playground_tab() as tab:
        await tab.send("only words")
        await messages(tab).last.locator(".message-content").click(button="right")
        await pick(tab, "Remix")
        answer = messages(tab).last
        await expect(answer).to_contain_text("no picture in that message")
        await answer.hover()
        await expect(answer.get_by_role("button", name="Reply")).to_be_visible()
        await expect(apps(answer)).to_have_count(0)


@pytest.mark.parametrize(
    ("locale", "label", "command", "person"),
    [("zh-TW", "應用程式", "改圖", "改頭像"), ("zh-CN", "应用", "改图", "改头像")],
)
async def test_menus_are_chinese_and_open_by_tapping_on_a_phone(
    open_playground_tab: OpenTab, locale: str, label: str, command: str, person: str
) -> None:
    async with open_playground_tab(locale=locale, width=390, height=844, touch=True) as tab:
        photo = messages(tab).first
        await photo.locator(".message-author").tap()
        await expect(menu(tab)).to_be_in_viewport(ratio=1)
        assert await menu(tab).get_by_role("menuitem").all_inner_texts() == [person]
        await tab.page.touchscreen.tap(195, 600)
        await expect(menu(tab)).to_have_count(0)
        await photo.locator(".message-content").tap()
        await apps(photo, label).tap()
        await expect(menu(tab)).to_be_in_viewport(ratio=1)
        await expect(menu(tab)).to_contain_text(label)
        await pick(tab, command)
        assert await tab.page.evaluate("() => document.documentElement.scrollWidth") <= 390
        await submit(tab, "木刻")


@pytest.mark.parametrize(("width", "height"), [(1200, 850), (390, 844)])
async def test_a_menu_near_the_windows_edges_fits_the_window(
    open_playground_tab: OpenTab, width: int, height: int
) -> None:
    async with open_playground_tab(width=width, height=height) as tab:
        await tab.request_picture("a fox in the snow size: 1K")
        card = messages(tab).last
        box = await card.bounding_box()
        assert box
        right, bottom = box["width"] - 2, box["height"] - 2
        for x, y in ((right, bottom), (2, bottom), (right, 2)):
            await card.click(button="right", position={"x": x, "y": y})
            await expect(menu(tab)).to_be_in_viewport(ratio=1)
            await tab.page.keyboard.press("Escape")


async def test_a_choice_that_is_not_offered_is_refused(open_playground_tab: OpenTab) -> None:
    async with open_playground_tab() as tab:
        await tab.view_as(MODERATOR)
        offered = await tab.page.evaluate(OFFERED)
        (pause,) = [command["id"] for command in offered["user"] if command["name"] == "Pause pictures"]
        await tab.view_as(MEMBER)
        key = f"message:{await messages(tab).first.get_attribute('data-message-id')}:component:apps:{pause}"
        await tab.page.evaluate(CHOOSE, key)
        await expect(tab.page.locator("#action-status")).to_have_text("Action was not completed.")
        await expect(tab.dialog).to_have_count(0)


async def test_menu_entries_need_the_page_token(open_playground_tab: OpenTab) -> None:
    async with open_playground_tab() as tab:
        origin, _, capability = tab.url.partition("/#")
        get = tab.page.request.get
        assert (await get(f"{origin}/menus.json")).status == 401
        known = {"X-Simcord-Capability": capability, "X-Simcord-Context": "another page"}
        assert (await get(f"{origin}/menus.json", headers=known)).status == 410


async def test_a_menu_is_used_with_the_keyboard_alone(open_playground_tab: OpenTab) -> None:
    async with open_playground_tab() as tab:
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


async def test_a_menu_closes_by_a_click_elsewhere(open_playground_tab: OpenTab) -> None:
    async with open_playground_tab() as tab:
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
