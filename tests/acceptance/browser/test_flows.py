"""What members and managers go through from the first click to the last, in a real browser."""

from __future__ import annotations

import json

import pytest
from playwright.async_api import Locator, expect

from tests.support.browser.tab import Opening, Tab

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]

MEMBER, MANAGER = "You", "Mei"


async def answer_form(tab: Tab, text: str) -> None:
    await tab.dialog.get_by_role("textbox").first.fill(text)
    await tab.dialog.get_by_role("button", name="Submit").click()
    await expect(tab.dialog).to_have_count(0)


async def set_daily(tab: Tab, number: str) -> Locator:
    """Let the manager set how many pictures a day there are for each member."""
    await tab.look_as(MANAGER)
    panel = await tab.run("settings")
    await tab.press(panel, "Who and where")
    await tab.rest()
    await panel.get_by_role("button", name="Change", exact=True).first.click()
    await answer_form(tab, number)
    await expect(panel).to_contain_text(f"{number} picture")
    return panel


@pytest.mark.parametrize(("width", "height"), [(1200, 850), (390, 844)])
async def test_the_day_s_pictures_run_out_and_one_reads_when_they_are_back(
    opening: Opening, width: int, height: int
) -> None:
    async with opening(width=width, height=height) as tab:
        await set_daily(tab, "1")
        await tab.look_as(MEMBER)
        await tab.draw("a fox size: 1K")
        usage = await tab.run("usage")
        await expect(usage).to_contain_text("1 of 1 pictures used today")
        await tab.say("/imagine prompt: an owl size: 1K")
        await expect(tab.cards.last).to_contain_text("more than is left of your pictures for today: 0 of 1")


async def test_who_waits_looks_at_the_line_and_cancels_there(opening: Opening) -> None:
    async with opening(delay=600) as tab:
        for prompt in ("a fox", "an owl", "a bear"):
            await tab.say(f"/imagine prompt: {prompt} size: 1K")
        await expect(tab.cards.nth(2)).to_contain_text("Waiting")
        queue = await tab.run("queue")
        await expect(queue).to_contain_text("being drawn")
        await expect(queue).to_contain_text("a bear")
        await queue.get_by_role("button", name="Cancel").last.click()
        await expect(tab.cards.nth(2)).to_contain_text("Cancelled.")


async def test_a_member_takes_their_data_along_and_has_it_deleted(opening: Opening) -> None:
    async with opening() as tab:
        await tab.draw("a fox in the snow size: 1K")
        page = await tab.run("privacy")
        await tab.press(page, "Export mine")
        async with tab.page.expect_download() as download:
            await tab.page.get_by_role("button", name="Download jimeng-data.json").click()
        content = (await (await download.value).path()).read_text(encoding="utf-8")
        assert [each["prompt"] for each in json.loads(content)["requests"]] == ["a fox in the snow"]
        await tab.press(page, "Delete mine")
        await tab.press(page, "Delete everything")
        await expect(page).to_contain_text("Your data is deleted: 1 request")
        await tab.say("/history search: fox")
        await expect(tab.cards.last).to_contain_text("None of your results")


async def test_a_moderator_looks_at_what_a_member_made_and_deletes_it(opening: Opening) -> None:
    async with opening() as tab:
        await tab.draw("a fox in the snow size: 1K")
        await tab.look_as(MANAGER)
        await tab.box.press_sequentially("/history")
        await tab.box.press("Enter")
        await tab.page.get_by_role("option", name="member").click()
        await tab.page.keyboard.type(MEMBER)
        await tab.page.get_by_role("option", name=f"{MEMBER} you").click()
        await tab.page.get_by_role("button", name="Send").click()
        found = tab.cards.nth(1)
        await expect(found).to_contain_text("a fox in the snow")
        await tab.press(found, "Delete")
        await expect(tab.cards.filter(has_text="Deleted. The picture is gone")).to_have_count(1)


async def test_help_is_leafed_through_on_a_phone_in_chinese(opening: Opening) -> None:
    async with opening(locale="zh-TW", width=390, height=844) as tab:
        page = await tab.run("help")
        await expect(page).to_contain_text("說明 · 指令")
        for topic in ("改圖", "提示詞", "限制", "須知"):
            await tab.press(page, topic)
            await expect(page).to_contain_text(f"說明 · {topic}")
        assert await tab.page.evaluate("() => document.documentElement.scrollWidth") <= 390
