"""Draws plain pictures for the simulated relay, as painting them takes long."""

from __future__ import annotations

from collections.abc import Sequence

import pyvips

from bot.demo.painter.paint import encode


class RecordedDrawing:
    """Records what was to be drawn."""

    def __init__(self) -> None:
        self.references: list[tuple[bytes, ...]] = []
        self.seeds: list[int] = []

    def __call__(
        self,
        prompt: str,
        width: int,
        height: int,
        seed: int,
        references: Sequence[bytes],
        png: bool,
        huge: bool,
    ) -> bytes:
        self.references.append(tuple(references))
        self.seeds.append(seed)
        plain = pyvips.Image.black(width, height, bands=3).copy(interpretation="srgb")
        return encode(plain, "png" if png else "jpeg")
