"""Apps menus of messages and members in a real browser, on one shared playground."""

from __future__ import annotations

import pytest
from playwright.async_api import expect

from tests.support.browser.apps_menus import apps, messages, pick, submit
from tests.support.browser.tab import Tab

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]

MODERATOR = "Mei"


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
