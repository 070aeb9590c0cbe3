"""A browser tab on the playground, with the actions of a member."""

from __future__ import annotations

import re
from collections.abc import AsyncGenerator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any

from playwright.async_api import BrowserContext, ConsoleMessage, Locator, Page, Response, expect

from bot.demo.page.welcome import YOU

TIMEOUT_MS = 60_000
"""Milliseconds an expectation may take."""
WIDE = {"width": 1200, "height": 850}
"""The page's size unless a test chooses another."""
PIXELS = """image => {
    const canvas = document.createElement("canvas");
    canvas.width = canvas.height = 64;
    const context = canvas.getContext("2d");
    context.drawImage(image, 0, 0, 64, 64);
    return [...context.getImageData(0, 0, 64, 64).data].join();
}"""


class Tab:
    """One tab on the playground; ``browser_errors`` are page errors, console errors and failed requests."""

    def __init__(self, page: Page, url: str) -> None:
        self.page = page
        self.url = url
        self.browser_errors: list[str] = []
        self.box = page.get_by_role("textbox", name="Message", exact=True)
        self.cards = page.locator("#channel-message-list article:has(.component-container)")
        self.dialog = page.get_by_role("dialog")
        self._earlier_cards = 0
        page.set_default_timeout(TIMEOUT_MS)
        page.on("pageerror", lambda error: self.browser_errors.append(f"page error: {error}"))
        page.on("console", self._collect_console_error)
        page.on("response", self._collect_failed_response)

    async def open(self) -> None:
        """Load the playground and wait until it accepts actions."""
        await self.page.goto(self.url)
        await self.wait_until_idle()

    async def begin(self) -> None:
        """Begin a test on a page that others have used."""
        await self.wait_until_idle()
        if await self.dialog.count():
            await self.page.keyboard.press("Escape")
        await self.resize(**WIDE)
        await self.view_as("You")
        self._earlier_cards = await self.cards.count()

    def card(self, number: int) -> Locator:
        """Return one of this test's cards, counted from 0."""
        return self.cards.nth(self._earlier_cards + number)

    async def expect_cards(self, count: int) -> None:
        """Wait until this test has so many cards."""
        await expect(self.cards).to_have_count(self._earlier_cards + count)

    async def wait_until_idle(self) -> None:
        """Wait until the page has rendered everything and accepts the next action."""
        await expect(self.page.locator("#preview-app")).to_have_attribute("aria-busy", "false")
        await expect(self.page.locator("#action-status")).not_to_have_text(re.compile("…$"))

    async def send(self, text: str) -> None:
        """Send a message to the channel."""
        await self.wait_until_idle()
        await self.box.fill(text)
        await self.box.press("Enter")
        await expect(self.box).to_have_value("")

    async def run(self, command: str) -> Locator:
        """Run a command without options, and return the card that answers it."""
        count = await self.cards.count()
        await self.wait_until_idle()
        await self.box.press_sequentially(f"/{command}")
        await expect(self.page.get_by_role("listbox", name="Application commands")).to_contain_text(command)
        await self.box.press("Enter")
        await self.page.keyboard.press("Enter")
        await expect(self.cards).to_have_count(count + 1)
        return self.cards.nth(count)

    async def request_picture(self, options: str) -> Locator:
        """Request a picture and return the card that shows it."""
        count = await self.cards.count()
        await self.send(f"/imagine prompt: {options}")
        card = self.cards.nth(count)
        await self.wait_for_picture(card)
        return card

    async def press(self, card: Locator, label: str) -> None:
        """Press a card's button."""
        button = self.button(card, label)
        # The page drops clicks until the action that produced the card has ended.
        await expect(button).to_be_visible()
        await self.wait_until_idle()
        await button.click(trial=True)
        # At once: a page that is drawn anew between a mouse button's down and up sees no click.
        await button.evaluate("button => button.click()")

    def button(self, card: Locator, label: str) -> Locator:
        """Return a card's own button, not one of those that the page adds to every message."""
        return card.locator(".component-row").get_by_role("button", name=label, exact=True)

    async def view_as(self, name: str) -> None:
        """Switch the page to another viewer."""
        await self.wait_until_idle()
        viewer = self.page.get_by_label("Viewing as")
        if name == "You":
            # The member is called so in the page's language.
            (name,) = set(YOU.values()).intersection(await viewer.locator("option").all_inner_texts())
        if await viewer.locator("option:checked").inner_text() != name:
            await viewer.select_option(label=name)
            await self.wait_until_idle()

    async def resize(self, width: int, height: int) -> None:
        """Give the page another size."""
        await self.page.set_viewport_size({"width": width, "height": height})

    def card_of(self, message_id: int) -> Locator:
        """Return the card of a message."""
        return self.page.locator(f'article[data-message-id="{message_id}"] .component-container')

    async def wait_for_picture(self, card: Locator) -> Locator:
        """Wait until a card's first picture is loaded, and return it."""
        picture = card.locator(".gallery-image").first
        await expect(picture).to_have_js_property("complete", True)
        await expect(picture).not_to_have_js_property("naturalWidth", 0)
        return picture

    async def pixels(self, picture: Locator) -> list[int]:
        """Read a picture's pixels as the browser shows them: 64 × 64 times red, green, blue, alpha."""
        return [int(part) for part in str(await picture.evaluate(PIXELS)).split(",")]

    def _collect_console_error(self, message: ConsoleMessage) -> None:
        # Failed loads are told apart by their address in _check.
        if message.type == "error" and not message.text.startswith("Failed to load resource"):
            self.browser_errors.append(f"console: {message.text}")

    def _collect_failed_response(self, response: Response) -> None:
        # Browsers ask for an icon by themselves, and SimCord's server has none.
        if response.status >= 400 and not response.url.endswith("/favicon.ico"):
            self.browser_errors.append(f"{response.status} from {response.url}")


@asynccontextmanager
async def open_tab(
    window: BrowserContext, url: str, *, width: int, height: int, fonts: bool = False
) -> AsyncGenerator[Tab]:
    """Open a tab, which must report no errors until it is closed.

    Unless ``fonts``, system fonts replace the page's own 20 MB, which take longest to load.
    """
    page = await window.new_page()
    await page.set_viewport_size({"width": width, "height": height})
    if not fonts:
        # Not by a route: its handler would run in the simulation, and block the page when that ends.
        session: Any = await window.new_cdp_session(page)
        await session.send("Network.enable")
        await session.send("Network.setBlockedURLs", {"urls": ["*/fonts/*"]})
    tab = Tab(page, url)
    await tab.open()
    yield tab
    await tab.wait_until_idle()
    assert tab.browser_errors == []
    await page.close()


OpenTab = Callable[..., AbstractAsyncContextManager[Tab]]
