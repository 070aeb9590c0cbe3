"""Whole flows of members and managers in a real browser."""

from __future__ import annotations

import json

import pytest
from playwright.async_api import Locator, expect

from tests.support.browser.tab import OpenTab, Tab

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]

MEMBER, MANAGER = "You", "Mei"


async def answer_form(tab: Tab, text: str) -> None:
    await tab.dialog.get_by_role("textbox").first.fill(text)
    await tab.dialog.get_by_role("button", name="Submit").click()
    await expect(tab.dialog).to_have_count(0)


async def set_daily(tab: Tab, number: str) -> Locator:
    """Set each member's daily quota as the manager."""
    await tab.view_as(MANAGER)
    panel = await tab.run("settings")
    await tab.press(panel, "Access & limits")
    await tab.wait_until_idle()
    await panel.get_by_role("button", name="Change", exact=True).first.click()
    await answer_form(tab, number)
    await expect(panel).to_contain_text(f"{number} picture")
    return panel


@pytest.mark.parametrize(("width", "height"), [(1200, 850), (390, 844)])
async def test_the_daily_quota_runs_out_and_usage_shows_it(
    open_playground_tab: OpenTab, width: int, height: int
) -> None:
    async with open_playground_tab(width=width, height=height) as tab:
        await set_daily(tab, "1")
        await tab.view_as(MEMBER)
        await tab.request_picture("a fox size: 1K")
        usage = await tab.run("usage")
        await expect(usage).to_contain_text("Used today: 1 of 1")
        await tab.send("/imagine prompt: an owl size: 1K")
        await expect(tab.cards.last).to_contain_text("0 of today's 1 are left")


async def test_a_member_cancels_a_waiting_request_from_the_queue(open_playground_tab: OpenTab) -> None:
    async with open_playground_tab(delay=600) as tab:
        for prompt in ("a fox", "an owl", "a bear"):
            await tab.send(f"/imagine prompt: {prompt} size: 1K")
        await expect(tab.cards.nth(2)).to_contain_text("Waiting")
        queue = await tab.run("queue")
        await expect(queue).to_contain_text("being drawn")
        await expect(queue).to_contain_text("a bear")
        await queue.get_by_role("button", name="Cancel", exact=True).last.click()
        await expect(tab.cards.nth(2)).to_contain_text("Cancelled by")


async def test_a_member_exports_and_deletes_their_data(open_playground_tab: OpenTab) -> None:
    async with open_playground_tab() as tab:
        await tab.request_picture("a fox in the snow size: 1K")
        page = await tab.run("privacy")
        await tab.press(page, "Export my data")
        async with tab.page.expect_download() as download:
            await tab.page.get_by_role("button", name="Download jimeng-data.json").click()
        content = (await (await download.value).path()).read_text(encoding="utf-8")
        assert [each["prompt"] for each in json.loads(content)["requests"]] == ["a fox in the snow"]
        await tab.press(page, "Delete my data")
        await tab.press(page, "Delete everything")
        await expect(page).to_contain_text("Your data is deleted: 1 request")
        await tab.send("/history search: fox")
        await expect(tab.cards.last).to_contain_text("None of your results")


async def test_a_moderator_deletes_a_picture_from_a_members_history(open_playground_tab: OpenTab) -> None:
    async with open_playground_tab() as tab:
        await tab.request_picture("a fox in the snow size: 1K")
        await tab.view_as(MANAGER)
        await tab.box.press_sequentially("/history")
        await tab.box.press("Enter")
        await tab.page.get_by_role("option", name="member").click()
        await tab.page.keyboard.type(MEMBER)
        await tab.page.get_by_role("option", name=f"{MEMBER} you").click()
        await tab.page.get_by_role("button", name="Send").click()
        found = tab.cards.nth(1)
        await expect(found).to_contain_text("a fox in the snow")
        await tab.press(found, "Delete")
        await tab.dialog.get_by_role("button", name="Submit").click()
        await expect(tab.cards.filter(has_text="Deleted for everyone")).to_have_count(1)


async def test_every_help_page_fits_a_phone_in_chinese(open_playground_tab: OpenTab) -> None:
    async with open_playground_tab(locale="zh-TW", width=390, height=844) as tab:
        page = await tab.run("help")
        await expect(page).to_contain_text("說明 · 指令")
        for topic in ("改圖", "提示詞", "限制", "須知"):
            await tab.press(page, topic)
            await expect(page).to_contain_text(f"說明 · {topic}")
        assert await tab.page.evaluate("() => document.documentElement.scrollWidth") <= 390
