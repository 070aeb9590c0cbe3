"""Requests, remixes and buttons in a real browser that need a playground of their own."""

from __future__ import annotations

import re

import pytest
from playwright.async_api import expect

from tests.support.browser.tab import OpenTab, Tab

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]

LINK = re.compile(r"https://discord\.com/channels/\d+/\d+/\d+")


async def test_a_command_picked_from_the_list_is_drawn_while_the_card_shows_progress(
    open_playground_tab: OpenTab,
) -> None:
    async with open_playground_tab(delay=8, edit_interval=3, painted=True) as tab:
        await tab.box.press_sequentially("/ima")
        await expect(tab.page.get_by_role("listbox", name="Application commands")).to_contain_text("/imagine")
        await tab.box.press("Enter")
        await tab.page.keyboard.type("a lighthouse in a storm")
        await tab.page.keyboard.press("Enter")
        card = tab.cards.last
        await expect(card).to_contain_text("Waiting · next in line, starting any moment")
        await expect(card).to_contain_text(re.compile(r"Drawing… about \d+ s · ready in \d+ seconds"))
        picture = await tab.wait_for_picture(card)
        await expect(picture).to_have_attribute("alt", "a lighthouse in a storm")
        await expect(card).to_contain_text(re.compile(r"1:1 · 2048×2048 · \d+ s · @You"))
        pixels = await tab.pixels(picture)
        assert len({tuple(pixels[i : i + 3]) for i in range(0, len(pixels), 4)}) > 500
        assert await picture.evaluate("image => image.naturalWidth / image.naturalHeight") == 1


async def test_four_different_pictures_come_in_one_gallery(open_playground_tab: OpenTab) -> None:
    async with open_playground_tab(painted=True) as tab:
        card = await tab.request_picture("a fox in the snow ratio: 16:9 size: 1K count: 4")
        pictures = card.locator(".gallery-image")
        await expect(pictures).to_have_count(4)
        for picture in await pictures.all():
            await expect(picture).not_to_have_js_property("naturalWidth", 0)
            ratio = await picture.evaluate("image => image.naturalWidth / image.naturalHeight")
            assert ratio == pytest.approx(16 / 9, rel=0.01)
        assert len({str(await tab.pixels(picture)) for picture in await pictures.all()}) == 4
        await expect(card).to_contain_text("16:9 · ")


async def test_a_result_can_be_drawn_again_looked_into_and_deleted(open_playground_tab: OpenTab) -> None:
    async with open_playground_tab(painted=True) as tab:
        card = await tab.request_picture("a castle at dusk size: 1K")
        await tab.press(card, "Again")
        again = tab.cards.nth(1)
        first, second = await tab.wait_for_picture(card), await tab.wait_for_picture(again)
        assert await tab.pixels(first) != await tab.pixels(second)
        await tab.press(again, "More")
        more = tab.cards.nth(2)
        await expect(more).to_contain_text("Only you can see this")
        await expect(more).to_contain_text("New picture · 1:1 · 1K · Seedream 4.5 · ×1")
        await tab.press(more, "Delete")
        await tab.press(more, "Delete")
        await expect(tab.cards.filter(has_text="Deleted for everyone")).to_have_count(1)
        await expect(tab.cards).to_have_count(2)
        await expect(tab.cards.locator(".gallery-image")).to_have_count(1)


async def test_a_mention_is_answered_by_a_reply_and_a_reply_to_that_remixes_it(
    open_playground_tab: OpenTab,
) -> None:
    async with open_playground_tab(delay=2, edit_interval=0.5) as tab:
        await tab.send("@Jimeng 16:9 1K x2 a lighthouse in a storm")
        card = tab.cards.first
        await expect(card).to_contain_text("Drawing…")
        await expect(card.locator(".message-reply")).to_contain_text("a lighthouse in a storm")
        await tab.wait_for_picture(card)
        await expect(card.locator(".gallery-image")).to_have_count(2)
        await card.hover()
        await tab.wait_until_idle()
        await card.get_by_role("button", name="Reply").click()
        await tab.send("@Jimeng 1K #2 as a woodcut")
        remixed = tab.cards.nth(1)
        await expect(await tab.wait_for_picture(remixed)).to_have_attribute("alt", "Remix: as a woodcut")
        await expect(remixed.locator(".message-reply")).to_contain_text("as a woodcut")


@pytest.mark.parametrize(
    ("locale", "says"),
    [
        ("en-US", "mention me"),
        ("zh-CN", "@我"),
        ("zh-TW", "@我"),
    ],
)
async def test_a_reply_without_a_mention_explains_how_to_continue(
    open_playground_tab: OpenTab, locale: str, says: str
) -> None:
    async with open_playground_tab(locale=locale) as tab:
        card = await tab.request_picture("a fox size: 1K")
        await card.hover()
        await tab.wait_until_idle()
        await card.get_by_role("button", name="Reply").click()
        await tab.send("in winter please")
        await expect(tab.cards.nth(1)).to_contain_text(says)


async def test_a_drawing_is_cancelled_once_by_a_double_click(open_playground_tab: OpenTab) -> None:
    async with open_playground_tab(delay=60) as tab:
        await tab.send("/imagine prompt: a very slow picture")
        card = tab.cards.last
        await expect(card).to_contain_text("Drawing…")
        await card.get_by_role("button", name="Cancel").dblclick()
        await expect(card).to_contain_text("Cancelled by")
        await expect(card.get_by_role("button", name="Cancel")).to_have_count(0)
        await expect(card.get_by_role("button", name="Again")).to_be_visible()


async def test_others_may_use_a_result_and_moderators_may_delete_it(open_playground_tab: OpenTab) -> None:
    async with open_playground_tab() as tab:
        card = await tab.request_picture("a bridge over a river size: 1K")
        await tab.view_as("Mei")
        await tab.press(card, "Again")
        await tab.wait_for_picture(tab.card(1))
        await expect(tab.card(1)).to_contain_text("@Mei")
        await tab.press(card, "More")
        await tab.press(tab.card(2), "Delete")
        await tab.dialog.get_by_role("button", name="Submit").click()
        await tab.expect_cards(2)
        await expect(tab.card(0)).to_contain_text("@Mei")


async def test_a_reload_loses_nothing_and_two_tabs_see_the_same(open_playground_tab: OpenTab) -> None:
    async with open_playground_tab(delay=2) as tab:
        other = Tab(await tab.page.context.new_page(), tab.url)
        await other.open()
        await tab.send("/imagine prompt: a ship in the mist size: 1K")
        await tab.page.reload()
        await other.send("/imagine prompt: a mill in a field size: 1K")
        for seen in (tab, other):
            await expect(seen.cards.locator(".gallery-image")).to_have_count(2)
            await expect(seen.page.get_by_alt_text("a ship in the mist")).to_be_visible()
            await expect(seen.page.get_by_alt_text("a mill in a field")).to_be_visible()
        await other.page.close()
        assert other.browser_errors == []


async def test_people_who_speak_chinese_are_answered_in_chinese(open_playground_tab: OpenTab) -> None:
    async with open_playground_tab(delay=2.5, locale="zh-CN") as tab:
        await tab.send("/imagine prompt: 暴风雨中的灯塔 size: 1K")
        await expect(tab.cards.last).to_contain_text("正在绘制…")
        await tab.wait_for_picture(tab.cards.last)
        await tab.press(tab.cards.last, "编辑")
        await expect(tab.dialog).to_contain_text("编辑并重新绘制")
        await tab.page.keyboard.press("Escape")
