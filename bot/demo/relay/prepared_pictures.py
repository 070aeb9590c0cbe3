"""Ready pictures, where what counts is how many and not how they look."""

from __future__ import annotations

import asyncio
import struct
from functools import cache

from bot.demo.painter.paint import paint

_QUALITY = 40


class ReadyPictures:
    """One JPEG for each size, painted when it is first asked for."""

    def __init__(self) -> None:
        self._painting = asyncio.Lock()

    async def get(self, prompt: str, width: int, height: int) -> bytes:
        """Return the picture of a size with the prompt as a comment in its file."""
        async with self._painting:
            file = await asyncio.to_thread(_paint, width, height)
        return _commented(file, prompt)


def comment_in(file: bytes) -> str:
    """Return the prompt that stands in a ready picture's file."""
    length: int = struct.unpack(">H", file[4:6])[0]
    return file[6 : 4 + length].decode()


@cache
def _paint(width: int, height: int) -> bytes:
    return paint("a quiet sea", width=width, height=height).jpegsave_buffer(Q=_QUALITY)


def _commented(file: bytes, prompt: str) -> bytes:
    text = prompt.encode()[:60_000]
    # A JPEG begins with two bytes that say so; a comment may follow at once.
    return file[:2] + struct.pack(">2sH", b"\xff\xfe", len(text) + 2) + text + file[2:]
