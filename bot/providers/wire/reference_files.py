"""References that travel within calls: downloaded once per job, into its folder, and sent from disk."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from hashlib import sha256
from pathlib import Path
from weakref import WeakValueDictionary

from bot.domain.errors import ReferenceUnusable, about_reference
from bot.domain.image_models.catalogue import ReferenceStyle
from bot.domain.models import Header
from bot.providers.wire.bodies import ReferenceFile
from bot.providers.wire.transport_errors import translate

_FOLDER = "inline"
_MAX_HEADER = 1024 * 1024
_FORMATS = ("jpeg", "png", "webp")
"""What every service takes within a call."""


class ReferenceFiles:
    """Downloads references; ``fetch`` checks their addresses, ``sniff`` reads a picture's header.

    The files stay in the folder ``inline`` of the job's own one, for its other pictures and attempts.
    """

    def __init__(
        self, fetch: Callable[[str], Awaitable[bytes]], sniff: Callable[[bytes], Header | None]
    ) -> None:
        self._fetch = fetch
        self._sniff = sniff
        self._locks: WeakValueDictionary[Path, asyncio.Lock] = WeakValueDictionary()

    async def addresses(
        self, urls: Sequence[str], style: ReferenceStyle, folder: Path
    ) -> tuple[list[str], tuple[ReferenceFile, ...]]:
        """Return references' own addresses or their data URLs, with the files that these stand for."""
        if style == "url":
            return list(urls), ()
        files = await self.files(urls, folder)
        return [file.data_url for file in files], files

    async def files(self, urls: Sequence[str], folder: Path) -> tuple[ReferenceFile, ...]:
        """Return the files of references in a job's folder, in order; raise ``ReferenceUnusable``."""
        files: list[ReferenceFile] = []
        for number, url in enumerate(urls, 1):
            with about_reference(number, of=len(urls)):
                files.append(await self._file(url, folder / _FOLDER))
        return tuple(files)

    async def _file(self, url: str, folder: Path) -> ReferenceFile:
        path = folder / sha256(url.encode()).hexdigest()
        # Several pictures of a job are drawn at the same time.
        async with self._locks.setdefault(path, asyncio.Lock()):
            return await asyncio.to_thread(_downloaded, path) or await self._download(url, path)

    async def _download(self, url: str, path: Path) -> ReferenceFile:
        content = await self._fetch(url)
        header = self._sniff(content[:_MAX_HEADER])
        if header is None:
            raise ReferenceUnusable("not-picture", "the reference's file is no picture")
        if header.format not in _FORMATS:
            raise ReferenceUnusable("format", f"{header.format} can't travel within a call")
        file = path.with_suffix(f".{header.format}")
        await _write(file, content)
        return ReferenceFile(path=file, media_type=f"image/{header.format}")


def _downloaded(path: Path) -> ReferenceFile | None:
    for form in _FORMATS:
        file = path.with_suffix(f".{form}")
        # Empty after a power cut.
        if file.exists() and file.stat().st_size:
            return ReferenceFile(path=file, media_type=f"image/{form}")
    return None


async def _write(file: Path, content: bytes) -> None:
    def write() -> None:
        file.parent.mkdir(parents=True, exist_ok=True)
        part = file.with_suffix(".part")
        part.write_bytes(content)
        part.rename(file)

    try:
        await asyncio.to_thread(write)
    except OSError as error:
        failure = error
    else:
        return
    raise translate(failure)
