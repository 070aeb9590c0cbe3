"""Check cards on the page: texts, layout, language; and capture them for the gallery."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Sequence
from typing import Any

from playwright.async_api import Locator, expect

from bot.ui.i18n.texts import Texts
from tests.support.browser.actions import Scenario
from tests.support.browser.card_sheets import CARD_TEXTS
from tests.support.browser.gallery import Gallery
from tests.support.browser.phone import PHONE
from tests.support.browser.tab import Tab

TEXTS = Texts.load()
DESKTOP = (1200, 850)
MEASURE_CARD = """card => [
    card.scrollWidth, card.clientWidth,
    card.querySelectorAll("img:not([alt]), img[alt='']").length, card.innerText,
]"""
"""Content width, card width, number of pictures without a description, and the text."""
MEASURE_PAGE = f"""() => [
    document.documentElement.scrollWidth,
    [...document.querySelectorAll("#channel-message-list .component-container")].map({MEASURE_CARD}),
]"""
"""The page's width, and the measures of every card on it."""
_PRESSES = 3
LATIN_ALLOWED = {
    "Jimeng", "You", "Mei", "Discord", "ID", "UTC", "AI", "DM", "MB", "English", "demo", "Remix", "pictures",
    "imagine", "remix", "remix-file", "history", "queue", "usage", "styles", "preferences", "privacy", "help",
    "settings", "x", "K",
    "studio", "Artists", "ar", "size", "n", "seedream-", "http", "s", "JPEG", "PNG", "WebP", "BMP", "TIFF",
    "AVIF", "GIF", "https", "example", "com", "cat", "png", "Seedream", "GPT", "Image",
}  # fmt: skip
"""Latin words that Chinese cards may contain: names, units and command names."""


class CardViewer:
    """Waits for cards of a scenario and checks their texts and layout."""

    def __init__(self, tab: Tab, scenario: Scenario, gallery: Gallery, locale: str) -> None:
        self.tab = tab
        self._scenario = scenario
        self._gallery = gallery
        self._locale = locale

    async def check_cards(self, *names: str) -> None:
        """Wait until each card shows its texts, then check and capture it."""
        cards = {name: self.tab.card_of(self._scenario.message_ids[name]) for name in names}
        for name, card in cards.items():
            await self._wait_for_texts(name, card)
        await self.tab.wait_until_idle()
        await self.tab.page.wait_for_function("[...document.images].every(image => image.complete)")
        for name, card in cards.items():
            await self._check_and_capture(name, card)

    async def check_form(self, form: str, name: str, button: str, *, submit: bool = False) -> None:
        """Open the form behind a card's button, check it, then submit or dismiss it."""
        card = self.tab.card_of(self._scenario.message_ids[name])
        await self._open_form(card.get_by_role("button", name=TEXTS(self._locale, button), exact=True).first)
        await self._wait_for_texts(form, self.tab.dialog)
        await self._gallery.capture(form, self._locale, self.tab.dialog)
        if submit:
            await self.tab.dialog.get_by_role("button", name="Submit").click()
        else:
            await self.tab.page.keyboard.press("Escape")
        await expect(self.tab.dialog).to_have_count(0)

    async def _open_form(self, button: Locator) -> None:
        """Press a button, and again if the simulation gave the first press up on a busy machine."""
        for _ in range(_PRESSES - 1):
            await self.tab.wait_until_idle()
            await button.click()
            with contextlib.suppress(AssertionError):
                return await expect(self.tab.dialog).to_be_visible()
        await self.tab.wait_until_idle()
        await button.click()
        return None

    async def pause(self) -> None:
        """Pause a member with the form, and check the card that answers."""
        await self.check_form("form-pause", "member-history", "pause.pause", submit=True)
        lift = self.tab.page.get_by_role("button", name=TEXTS(self._locale, "pause.lift"))
        card = self.tab.page.locator(".component-container").filter(has=lift)
        await self._wait_for_texts("paused", card)
        await self._check_and_capture("paused", card)

    async def check_records(self) -> None:
        """Check the records in the channel."""
        records = self.tab.page.locator(".component-container").filter(
            has_text=self._text_pattern("record.paused")
        )
        await self._wait_for_texts("records", records)
        await self._check_and_capture("records", records)

    async def check_widths(self) -> None:
        """Check that neither on a phone nor on a desktop screen the page or any of its cards is too wide."""
        for width, height in (PHONE, DESKTOP):
            await self.tab.resize(width, height)
            page_width, cards = await self.tab.page.evaluate(MEASURE_PAGE)
            assert page_width <= width and cards
            for measured in cards:
                _check_measures(measured[3], measured)

    async def capture_desktop(self) -> None:
        """Capture a card of four pictures on a desktop screen."""
        await self.tab.resize(*DESKTOP)
        card = self.tab.card_of(self._scenario.message_ids["four"])
        await self._gallery.capture_screen(self._locale, card)

    async def _check_and_capture(self, name: str, card: Locator) -> None:
        await self._check_layout(name, card)
        await self._gallery.capture(name, self._locale, card)

    async def _wait_for_texts(self, name: str, shown: Locator) -> None:
        """Wait for a card or form, and check that it shows all of its texts."""
        first, *others = CARD_TEXTS[name]
        await expect(shown).to_contain_text(self._text_pattern(first))
        text = await shown.text_content() or ""
        assert [key for key in others if not self._text_pattern(key).search(text)] == [], (name, text)

    async def _check_layout(self, name: str, card: Locator) -> None:
        """Check that nothing is cut off, undescribed or in another language."""
        measured = await card.evaluate(MEASURE_CARD)
        _check_measures(name, measured)
        if self._locale.startswith("zh"):
            words = re.sub(r"https?://\S+", "", measured[3])
            assert set(re.findall(r"[A-Za-z][A-Za-z-]*", words)) <= LATIN_ALLOWED, name

    def _text_pattern(self, key: str) -> re.Pattern[str]:
        """Return a pattern of a text as the page shows it, with any values filled in."""
        message = TEXTS.languages[TEXTS.closest(self._locale)][key]
        forms = [message] if isinstance(message, str) else list(message.values())
        return re.compile("|".join(map(_pattern, forms)))


def _check_measures(name: str, measured: Sequence[Any]) -> None:
    wide, room, nameless, _ = measured
    assert wide <= room, name
    assert nameless == 0, name


def _pattern(form: str) -> str:
    """Strip Markdown from a text, and let any value match its placeholders."""
    text = re.sub(r"<t:[^>]*>", "{}", form)
    text = re.sub(r"\[([^]]*)\]\([^)]*\)", r"\1", text)
    text = re.sub(r"[*`]", "", text)
    parts = re.split(r"\{[^}]*\}", text)
    return r"[\s\S]*?".join(r"\s*".join(map(re.escape, part.split("\n"))) for part in parts)
