"""Prepared pictures, for load tests where the content doesn't matter."""

from __future__ import annotations

import asyncio
import math
import struct
from functools import cache

from bot.demo.painter.paint import paint

_QUALITY = 40
_BLOCK = 8
"""Pixels that are painted as one, across and down: those that JPEG encodes together."""


class PreparedPictures:
    """One JPEG for each size, painted on first use."""

    def __init__(self) -> None:
        self._painting = asyncio.Lock()

    async def get(self, prompt: str, width: int, height: int) -> bytes:
        """Return the picture of a size, with the prompt as a JPEG comment."""
        async with self._painting:
            file = await asyncio.to_thread(_paint, width, height)
        return _add_comment(file, prompt)


def read_comment(file: bytes) -> str:
    """Return the prompt stored in a prepared picture."""
    length: int = struct.unpack(">H", file[4:6])[0]
    return file[6 : 4 + length].decode()


@cache
def _paint(width: int, height: int) -> bytes:
    small = paint("a quiet sea", width=math.ceil(width / _BLOCK), height=math.ceil(height / _BLOCK))
    return small.zoom(_BLOCK, _BLOCK).crop(0, 0, width, height).jpegsave_buffer(Q=_QUALITY)


def _add_comment(file: bytes, prompt: str) -> bytes:
    text = prompt.encode()[:60_000]
    # A comment segment may directly follow the two-byte start marker.
    return file[:2] + struct.pack(">2sH", b"\xff\xfe", len(text) + 2) + text + file[2:]
