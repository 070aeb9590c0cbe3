"""The panel of a server's settings, used in a real browser."""

from __future__ import annotations

import pytest
from playwright.async_api import expect

from tests.support.browser.tab import OpenTab

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]


@pytest.mark.parametrize(("width", "height"), [(1200, 850), (390, 844)])
async def test_a_manager_blocks_a_word_and_pauses_the_bot(
    open_playground_tab: OpenTab, width: int, height: int
) -> None:
    async with open_playground_tab(width=width, height=height) as tab:
        await tab.view_as("Mei")
        await tab.box.press_sequentially("/settings")
        await tab.page.keyboard.press("Enter")
        await tab.page.keyboard.press("Enter")
        panel = tab.cards.first
        await expect(panel).to_contain_text("Server settings · Defaults")
        await tab.press(panel, "Moderation")
        await tab.wait_until_idle()
        await panel.get_by_role("button", name="Change", exact=True).click()
        await tab.dialog.get_by_role("textbox").fill("ass, bad phrase")
        await tab.dialog.get_by_role("button", name="Submit").click()
        await expect(panel).to_contain_text("Blocked words: 2 words")
        await expect(panel).to_contain_text("@Mei · Blocked words: none → 2 words")
        await tab.send("/imagine prompt: an a$$ size: 1K")
        await expect(tab.cards.last).to_contain_text("contains words that aren't allowed in this server")
        await tab.press(panel, "Pause the bot")
        await expect(panel).to_contain_text("The bot is paused in this server")
        await tab.send("/imagine prompt: a fox size: 1K")
        await expect(tab.cards.last).to_contain_text("paused in this server")
        wide = await tab.page.evaluate("() => document.documentElement.scrollWidth")
        assert wide <= width
