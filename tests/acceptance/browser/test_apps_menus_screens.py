"""Apps menus on other screens, in other languages and for moderators."""

from __future__ import annotations

from statistics import fmean

import pytest
from playwright.async_api import expect

from tests.support.browser.apps_menus import apps, menu, messages, open_on_person, pick, submit
from tests.support.browser.tab import OpenTab

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]

MEMBER, MODERATOR = "You", "Mei"


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


@pytest.mark.parametrize(
    ("locale", "label", "command", "person"),
    [
        ("zh-TW", "應用程式", "改圖", "用頭像改圖"),
        ("zh-CN", "应用", "改图", "用头像改图"),
    ],
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


async def test_a_menu_near_the_edges_of_a_wide_window_fits_it(open_playground_tab: OpenTab) -> None:
    async with open_playground_tab() as tab:
        await tab.request_picture("a fox in the snow size: 1K")
        card = messages(tab).last
        box = await card.bounding_box()
        assert box
        right, bottom = box["width"] - 2, box["height"] - 2
        for x, y in ((right, bottom), (2, bottom), (right, 2)):
            await card.click(button="right", position={"x": x, "y": y})
            await expect(menu(tab)).to_be_in_viewport(ratio=1)
            await tab.page.keyboard.press("Escape")
