"""Somebody who looks at every card closely."""

from __future__ import annotations

import re

from playwright.async_api import Locator, expect

from bot.ui.i18n.texts import Texts
from tests.support.browser.actions import Acting
from tests.support.browser.card_sheets import SEEN
from tests.support.browser.gallery import Gallery
from tests.support.browser.tab import Tab

TEXTS = Texts.load()
DESKTOP = (1200, 850)
LOOK = """card => [
    card.scrollWidth, card.clientWidth,
    card.querySelectorAll("img:not([alt]), img[alt='']").length, card.innerText,
]"""
"""How wide a card's content and the card are, how many pictures have no description, and what it says."""
LATIN = {
    "Jimeng", "You", "Mei", "Discord", "ID", "UTC", "AI", "DM", "MB", "English", "demo", "Remix", "pictures",
    "imagine", "remix", "remix-file", "history", "queue", "usage", "styles", "preferences", "privacy", "help",
    "settings", "x", "K",
    "studio", "Artists", "ar", "size", "n", "seedream-", "http", "s", "JPEG", "PNG", "WebP", "BMP", "TIFF",
    "GIF",
}  # fmt: skip
"""Words with Latin letters that Chinese cards may have: names, units, and commands by their own names."""


class Visit:
    """Somebody who looks at every card closely."""

    def __init__(self, tab: Tab, acting: Acting, gallery: Gallery, locale: str) -> None:
        self.tab = tab
        self._acting = acting
        self._gallery = gallery
        self._locale = locale

    async def see(self, *names: str) -> None:
        """Wait until cards say what they should, then look at each closely."""
        cards = {name: self.tab.card_of(self._acting.shown[name]) for name in names}
        for name, card in cards.items():
            await self._read(name, card)
        await self.tab.rest()
        await self.tab.page.wait_for_function("[...document.images].every(image => image.complete)")
        for name, card in cards.items():
            await self._look_at(name, card)

    async def fill_in(self, form: str, name: str, button: str, *, submit: bool = False) -> None:
        """Open the form behind a card's button, and leave it or send it off."""
        card = self.tab.card_of(self._acting.shown[name])
        await self.tab.rest()
        await card.get_by_role("button", name=TEXTS(self._locale, button), exact=True).first.click()
        await self._read(form, self.tab.dialog)
        await self._gallery.take(form, self._locale, self.tab.dialog)
        if submit:
            await self.tab.dialog.get_by_role("button", name="Submit").click()
        else:
            await self.tab.page.keyboard.press("Escape")
        await expect(self.tab.dialog).to_have_count(0)

    async def pause(self) -> None:
        """Pause a member by the form, which brings a card."""
        await self.fill_in("form-pause", "member-history", "pause.pause", submit=True)
        lift = self.tab.page.get_by_role("button", name=TEXTS(self._locale, "pause.lift"))
        card = self.tab.page.locator(".component-container").filter(has=lift)
        await self._read("paused", card)
        await self._look_at("paused", card)

    async def read_records(self) -> None:
        """Find what the channel was told."""
        records = self.tab.page.locator(".component-container").filter(has_text=self._said("record.paused"))
        await self._read("records", records)
        await self._look_at("records", records)

    async def sit_down_at_a_desk(self) -> None:
        """Look at four pictures on a large screen, where nothing is too wide either."""
        await self.tab.page.set_viewport_size({"width": DESKTOP[0], "height": DESKTOP[1]})
        card = self.tab.card_of(self._acting.shown["four"])
        await self._check("four", card)
        await self._gallery.take_screen(self._locale, card)

    async def _look_at(self, name: str, card: Locator) -> None:
        await self._check(name, card)
        await self._gallery.take(name, self._locale, card)

    async def _read(self, name: str, shown: Locator) -> None:
        """Wait for a card or form, and read all that should be on it."""
        first, *others = SEEN[name]
        await expect(shown).to_contain_text(self._said(first))
        text = await shown.text_content() or ""
        assert [key for key in others if not self._said(key).search(text)] == [], (name, text)

    async def _check(self, name: str, card: Locator) -> None:
        """See that nothing is cut, nameless or in another language."""
        wide, room, nameless, text = await card.evaluate(LOOK)
        assert wide <= room, name
        assert nameless == 0, name
        if self._locale.startswith("zh"):
            assert set(re.findall(r"[A-Za-z][A-Za-z-]*", text)) <= LATIN, name

    def _said(self, key: str) -> re.Pattern[str]:
        """Return what a message looks like on the page, whatever is filled in."""
        message = TEXTS.languages[TEXTS.closest(self._locale)][key]
        forms = [message] if isinstance(message, str) else list(message.values())
        return re.compile("|".join(map(_pattern, forms)))


def _pattern(form: str) -> str:
    """Return a text as the page has it: without signs of Markdown, with anything for facts."""
    text = re.sub(r"<t:[^>]*>", "{}", form)
    text = re.sub(r"\[([^]]*)\]\([^)]*\)", r"\1", text)
    text = re.sub(r"[*`]", "", text)
    parts = re.split(r"\{[^}]*\}", text)
    return r"[\s\S]*?".join(r"\s*".join(map(re.escape, part.split("\n"))) for part in parts)
