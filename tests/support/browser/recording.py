"""Records a tab as an animated picture, frame by frame."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pyvips
from playwright.async_api import Locator

from tests.support.browser.tab import Tab

_QUALITY = 75
_TYPED = 4
"""Characters that appear in each frame while text is typed."""


class Recording:
    """Frames of a tab, each shown for a time that doesn't depend on the speed of the machine."""

    def __init__(self, tab: Tab) -> None:
        self._tab = tab
        self._frames: list[bytes] = []
        self._durations: list[int] = []

    async def show(self, milliseconds: int) -> None:
        """Record the page as it is now; an unchanged page prolongs the last frame."""
        frame = await self._tab.page.screenshot(caret="hide", animations="disabled")
        if self._frames and self._frames[-1] == frame:
            self._durations[-1] += milliseconds
            return
        self._frames.append(frame)
        self._durations.append(milliseconds)

    async def type(self, field: Locator, text: str) -> None:
        """Record how a text is typed."""
        for end in range(_TYPED, len(text) + _TYPED, _TYPED):
            await field.fill(text[:end])
            await self.show(120)
        await self.show(500)

    async def wait_for_picture(self, card: Locator) -> None:
        """Record a card until it shows its picture."""
        while not await card.locator(".gallery-image").count():
            await self.show(400)
            await asyncio.sleep(0.2)  # the frame rate of the recording
        await self._tab.wait_for_picture(card)
        await self._tab.wait_until_idle()
        await self._tab.page.mouse.move(0, 0)

    def write(self, file: Path) -> None:
        """Write an animated WebP that repeats forever."""
        frames = [_opaque(frame) for frame in self._frames]
        roll: Any = pyvips.Image.arrayjoin(frames, across=1).copy()
        roll.set_type(pyvips.GValue.gint_type, "page-height", frames[0].height)
        roll.set_type(pyvips.GValue.array_int_type, "delay", self._durations)
        roll.set_type(pyvips.GValue.gint_type, "loop", 0)
        file.write_bytes(roll.webpsave_buffer(Q=_QUALITY, mixed=True, min_size=True, effort=5, keep="none"))


def _opaque(frame: bytes) -> Any:
    image: Any = pyvips.Image.new_from_buffer(frame, "")
    image = image.colourspace("srgb")
    return image.flatten() if image.hasalpha() else image
