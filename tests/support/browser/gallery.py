"""Pictures of cards, each in every language side by side, as docs/cards.md shows them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pyvips
from playwright.async_api import Locator

from tests.support.browser.card_sheets import SHOWN

LOCALES = ("en-US", "zh-CN", "zh-TW")
_SCALE = 1.5
"""Pixels of a picture for one on the screen: text stays sharp where the page is read."""
_LET_GO = """() => document.getElementById("channel-timeline")
    .dispatchEvent(new WheelEvent("wheel", {deltaY: -1}))"""
"""Keeps the page from following what is new, as a turn of the wheel does."""
_STYLE = ".modal-dialog { max-height: none !important } .message-actions { display: none !important }"
_GROUND = [49, 51, 56]
_GAP = 24
_QUALITY = 75
_SHADE = 4
"""Steps of a colour between two shades, which nobody tells apart."""


class Gallery:
    """Collects pictures and writes them into ``folder``; without one it takes none."""

    def __init__(self, folder: Path | None) -> None:
        self._folder = folder
        self._parts: dict[str, dict[str, bytes]] = {}

    @property
    def open(self) -> bool:
        """Whether pictures are wanted."""
        return self._folder is not None

    @property
    def scale(self) -> float:
        """How sharp the screen should be."""
        return _SCALE if self.open else 1

    async def take(self, name: str, locale: str, shown: Locator) -> None:
        """Take a picture of a card in one language."""
        if self.open:
            await _come_to(shown)
            picture = await shown.screenshot(animations="disabled", style=_STYLE)
            self._parts.setdefault(name, {})[locale] = picture

    async def take_screen(self, locale: str, shown: Locator) -> None:
        """Take a picture of the whole screen with a card on it."""
        if self.open:
            await _come_to(shown)
            screen = await shown.page.screenshot(animations="disabled")
            whole: Any = pyvips.Image.new_from_buffer(screen, "")
            self._save(f"desktop-{locale}", whole.resize(1 / _SCALE))

    def write(self) -> None:
        """Put the languages of each card side by side."""
        for name, cards in SHOWN.items():
            rows = [self._parts.get(card, {}) for card in cards]
            if all(row.keys() == set(LOCALES) for row in rows):
                self._save(name, _sheet([[row[locale] for locale in LOCALES] for row in rows]))

    def _save(self, name: str, picture: Any) -> None:
        if self._folder is not None:
            self._folder.mkdir(parents=True, exist_ok=True)
            (self._folder / f"{name}.webp").write_bytes(packed(picture))


def packed(picture: Any) -> bytes:
    """Return the smaller of two files: one that loses a little, or one in few shades that loses nothing.

    The second is what text comes out as, and stays sharp.
    """
    lossy: bytes = picture.webpsave_buffer(Q=_QUALITY, effort=6, strip=True)
    fewer: Any = (((picture - _GROUND) / _SHADE).rint() * _SHADE + _GROUND).cast("uchar")
    flat: bytes = fewer.webpsave_buffer(lossless=True, effort=6, strip=True)
    return min(lossy, flat, key=len)


async def _come_to(shown: Locator) -> None:
    """Have a card in sight that stays there, and nothing under the mouse."""
    await shown.page.mouse.move(0, 0)
    await shown.page.evaluate(_LET_GO)
    await shown.scroll_into_view_if_needed()


def _sheet(rows: list[list[bytes]]) -> Any:
    """Put cards below one another, each in its languages side by side."""
    cards: list[list[Any]] = [[_opaque(file) for file in row] for row in rows]
    wide = max(card.width for row in cards for card in row) + 2 * _GAP
    sheet, *others = [_line(row, wide) for row in cards]
    for line in others:
        sheet = sheet.join(line, "vertical")
    return _on_ground(sheet, sheet.width, sheet.height + _GAP, top=_GAP // 2)


def _line(cards: list[Any], wide: int) -> Any:
    tall = max(card.height for card in cards) + _GAP
    framed = [_on_ground(card, wide, tall, left=_GAP, top=_GAP // 2) for card in cards]
    return pyvips.Image.arrayjoin(framed, across=len(framed))


def _on_ground(image: Any, wide: int, tall: int, *, left: int = 0, top: int = 0) -> Any:
    return image.embed(left, top, wide, tall, extend="background", background=_GROUND)


def _opaque(file: bytes) -> Any:
    # Chromium writes plain grey pictures with one band.
    image: Any = pyvips.Image.new_from_buffer(file, "")
    image = image.colourspace("srgb")
    return image.flatten(background=_GROUND) if image.hasalpha() else image
