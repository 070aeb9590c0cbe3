"""Receive a reply: its picture goes to a file while it arrives, and through a check.

``reply_decoder`` finds the picture in the JSON.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterable, Awaitable, Callable, Collection, Generator
from contextlib import contextmanager
from dataclasses import dataclass, field
from io import FileIO
from pathlib import Path

from bot.domain.errors import BadReply
from bot.domain.ports import PictureCheck
from bot.providers.wire.json_text import names_error
from bot.providers.wire.reply_decoder import ReplyDecoder
from bot.providers.wire.reply_shapes import RELAY_REPLY, ReplyShape

Pause = Callable[[], Awaitable[None]]
"""Returns when nothing is more urgent than receiving a picture."""


async def no_pause() -> None:
    """Return at once."""


@dataclass(frozen=True, slots=True)
class PictureAddress:
    """The address of a picture that a reply names instead of holding it."""

    url: str = field(repr=False)


async def receive_picture(
    chunks: AsyncIterable[bytes],
    file: Path,
    *,
    limit: int,
    check: PictureCheck | None = None,
    shape: ReplyShape = RELAY_REPLY,
    given: Collection[str] = (),
    pause: Pause = no_pause,
    charset: str | None = None,
) -> str | PictureAddress | None:
    """Write the reply's picture to ``file`` and return None; the reply may also be the picture itself.

    Return the picture's address if the reply only names it, or the body's text if it has no picture.
    ``check`` is fed the picture's bytes; the caller finishes it. ``pause`` is called after each chunk. Stops
    reading once the picture is complete; the caller closes the response. ``given`` are the addresses of the
    request's references, which a reply may repeat. Chunks of 64 KiB
    (``content.iter_chunked(65_536)``) cost the least time and memory. The text is limited to 64 KiB and
    leaves out the pictures' strings; ``charset`` is that of its header. ``limit`` is in decoded bytes. Raises
    BadReply for a picture that is truncated, broken, empty or over the limit; ``file`` only exists when None
    is returned.
    """
    with _spooling(file, limit, check, shape, given) as decoder:
        async for chunk in chunks:
            for _ in decoder.feed_in_steps(chunk):
                await asyncio.sleep(0)
            if decoder.complete:
                return None
            await pause()
        text = decoder.close(charset)
        if decoder.complete:
            return None
        # Beside an error an address is what the service repeats of the request.
        if decoder.address is None or names_error(text):
            return text
        return PictureAddress(decoder.address)


async def receive_file(
    chunks: AsyncIterable[bytes], file: Path, *, limit: int, check: PictureCheck, pause: Pause = no_pause
) -> None:
    """Write a picture that arrives as it is to ``file``; raise BadReply if it is empty or over the limit."""
    remaining = limit
    with file.open("wb", buffering=0) as spool:
        sink = _CheckedSpool(spool, check)
        async for chunk in chunks:
            remaining -= len(chunk)
            if remaining < 0:
                raise BadReply("the picture is over the limit")
            sink.write(chunk)
            await asyncio.sleep(0)
            await pause()
    if remaining == limit:
        raise BadReply("the picture is empty")


class _CheckedSpool:
    """Writes a picture to an unbuffered file, and feeds it to a check."""

    def __init__(self, file: FileIO, check: PictureCheck | None) -> None:
        self._file = file
        self._check = check

    def write(self, data: bytes) -> None:
        rest = memoryview(data)
        while rest:
            rest = rest[self._file.write(rest) :]
        if self._check is not None:
            self._check.feed(data)

    def restart(self) -> None:
        self._file.seek(0)
        self._file.truncate()
        if self._check is not None:
            self._check.restart()


@contextmanager
def _spooling(
    file: Path, limit: int, check: PictureCheck | None, shape: ReplyShape, given: Collection[str]
) -> Generator[ReplyDecoder]:
    with file.open("wb", buffering=0) as spool:
        decoder = ReplyDecoder(_CheckedSpool(spool, check), limit=limit, shape=shape, given=given)
        try:
            yield decoder
        finally:
            if not decoder.complete:
                file.unlink(missing_ok=True)
