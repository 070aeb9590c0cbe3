"""Apps menus on the page: finding, opening and choosing from them."""

from __future__ import annotations

import re

from playwright.async_api import Locator, expect

from tests.support.browser.tab import Tab


def messages(tab: Tab) -> Locator:
    """Return all messages of the channel."""
    return tab.page.locator("#channel-message-list article")


def menu(tab: Tab) -> Locator:
    """Return the open menu."""
    return tab.page.get_by_role("menu")


def apps(message: Locator, label: str = "Apps") -> Locator:
    """Return a message's button that opens its menu."""
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
