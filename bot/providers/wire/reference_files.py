"""References that travel within a call: downloaded to disk for as long as the call takes."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from uuid import uuid4

from bot.domain.catalogue import ReferenceStyle
from bot.domain.errors import ReferenceUnusable
from bot.domain.models import Header
from bot.providers.wire.bodies import ReferenceFile
from bot.providers.wire.transport_errors import translate

_MAX_HEADER = 1024 * 1024
_FORMATS = ("jpeg", "png", "webp")
"""What every service takes within a call."""


class ReferenceFiles:
    """Downloads references; ``fetch`` checks their addresses, ``sniff`` reads a picture's header."""

    def __init__(
        self, fetch: Callable[[str], Awaitable[bytes]], sniff: Callable[[bytes], Header | None]
    ) -> None:
        self._fetch = fetch
        self._sniff = sniff

    @asynccontextmanager
    async def address(
        self, url: str | None, style: ReferenceStyle, folder: Path
    ) -> AsyncGenerator[tuple[str | None, tuple[ReferenceFile, ...]]]:
        """Yield a reference's own address or its data URL, with the file that this stands for."""
        if not url or style == "url":
            yield url, ()
            return
        async with self.open(url, folder) as file:
            yield file.data_url, (file,)

    @asynccontextmanager
    async def open(self, url: str, folder: Path) -> AsyncGenerator[ReferenceFile]:
        """Yield a reference's file in ``folder``; raise ``ReferenceUnusable``."""
        content = await self._fetch(url)
        header = self._sniff(content[:_MAX_HEADER])
        if header is None:
            raise ReferenceUnusable("not-picture", "the reference's file is no picture")
        if header.format not in _FORMATS:
            raise ReferenceUnusable("format", f"{header.format} can't travel within a call")
        path = folder / f".{uuid4().hex}.part"
        try:
            await _write(path, content)
            del content  # it is sent from disk
            yield ReferenceFile(path=path, media_type=f"image/{header.format}")
        finally:
            path.unlink(missing_ok=True)


async def _write(path: Path, content: bytes) -> None:
    def write() -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)

    try:
        await asyncio.to_thread(write)
    except OSError as error:
        failure = error
    else:
        return
    raise translate(failure)
