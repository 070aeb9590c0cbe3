"""Paints the simulated relay's pictures, and encodes them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import pyvips

from bot.demo.painter.paint import encode, paint


class Draw(Protocol):
    """Draws a picture, and encodes it as PNG or JPEG; runs on a thread."""

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
        """Return the file; raise ``pyvips.Error`` where a reference is no picture."""
        ...


def paint_file(
    prompt: str, width: int, height: int, seed: int, references: Sequence[bytes], png: bool, huge: bool
) -> bytes:
    """Paint a picture as a file; a ``huge`` one is over Discord's limit."""
    image = paint(prompt, width=width, height=height, seed=seed, references=references)
    if huge:
        # Incompressible grain: about 2 bytes a pixel remain.
        noise = pyvips.Image.gaussnoise(width, height, sigma=14, mean=0, seed=seed)
        image = (image + noise).cast("uchar").copy(interpretation="srgb")
    return encode(image, "png" if png else "jpeg")
