"""Pictures of cards for docs/cards.md, each in every language side by side."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pyvips
from playwright.async_api import Locator

from tests.support.browser.card_sheets import PICTURES

LOCALES = ("en-US", "zh-CN", "zh-TW")
_SCALE = 1.5
"""Device scale factor of the screenshots."""
_STOP_FOLLOWING = """() => document.getElementById("channel-timeline")
    .dispatchEvent(new WheelEvent("wheel", {deltaY: -1}))"""
"""Stop the page from scrolling to new messages, as a turn of the mouse wheel does."""
_STYLE = ".modal-dialog { max-height: none !important } .message-actions { display: none !important }"
_GROUND = [49, 51, 56]
_GAP = 24
_QUALITY = 75
_SHADE = 4
"""Colour quantization step, too small to see."""


class Gallery:
    """Collects screenshots and writes them into ``folder``; with None it takes none."""

    def __init__(self, folder: Path | None) -> None:
        self._folder = folder
        self._parts: dict[str, dict[str, bytes]] = {}

    @property
    def enabled(self) -> bool:
        """Whether screenshots are taken."""
        return self._folder is not None

    @property
    def scale(self) -> float:
        """The device scale factor to use."""
        return _SCALE if self.enabled else 1

    async def capture(self, name: str, locale: str, shown: Locator) -> None:
        """Capture a card in one language."""
        if self.enabled:
            await _bring_into_view(shown)
            picture = await shown.screenshot(animations="disabled", style=_STYLE)
            self._parts.setdefault(name, {})[locale] = picture

    async def capture_screen(self, locale: str, shown: Locator) -> None:
        """Capture the whole screen with a card on it."""
        if self.enabled:
            await _bring_into_view(shown)
            screen = await shown.page.screenshot(animations="disabled")
            whole: Any = pyvips.Image.new_from_buffer(screen, "")
            self._save(f"desktop-{locale}", whole.resize(1 / _SCALE))

    def write(self) -> None:
        """Write a sheet for each picture, languages side by side."""
        for name, cards in PICTURES.items():
            rows = [self._parts.get(card, {}) for card in cards]
            if all(row.keys() == set(LOCALES) for row in rows):
                self._save(name, _sheet([[row[locale] for locale in LOCALES] for row in rows]))

    def _save(self, name: str, picture: Any) -> None:
        if self._folder is not None:
            self._folder.mkdir(parents=True, exist_ok=True)
            (self._folder / f"{name}.webp").write_bytes(packed(picture))


def packed(picture: Any) -> bytes:
    """Return the smaller of a lossy and a lossless, colour-reduced WebP.

    Text compresses better as the second, and stays sharp.
    """
    lossy: bytes = picture.webpsave_buffer(Q=_QUALITY, effort=6, strip=True)
    fewer: Any = (((picture - _GROUND) / _SHADE).rint() * _SHADE + _GROUND).cast("uchar")
    flat: bytes = fewer.webpsave_buffer(lossless=True, effort=6, strip=True)
    return min(lossy, flat, key=len)


async def _bring_into_view(shown: Locator) -> None:
    """Scroll a card into view, keep it there and move the mouse away."""
    await shown.page.mouse.move(0, 0)
    await shown.page.evaluate(_STOP_FOLLOWING)
    # Not Playwright's own way, which fails if the card is drawn anew while it waits.
    await shown.evaluate("card => card.scrollIntoView({block: 'nearest'})")


def _sheet(rows: list[list[bytes]]) -> Any:
    """Stack cards, each in its languages side by side."""
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
