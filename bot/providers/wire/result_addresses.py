"""Addresses of paid pictures, kept on disk until they are downloaded, so that no crash pays twice."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path
from uuid import uuid4

_SUFFIX = ".address"


class ResultAddresses:
    """Keeps addresses in the folders of jobs; one of an earlier process is taken instead of a new call."""

    def __init__(self) -> None:
        self._in_use: set[Path] = set()

    async def take(self, folder: Path) -> Path | None:
        """Return the file of an address that an interrupted call left in a folder."""
        left = await asyncio.to_thread(lambda: sorted(folder.glob(f".*{_SUFFIX}")))
        file = next((each for each in left if each not in self._in_use), None)
        if file is not None:
            self._in_use.add(file)
        return file

    async def keep(self, folder: Path, url: str) -> Path:
        """Store an address durably and return its file."""
        file = folder / f".{uuid4().hex}{_SUFFIX}"
        self._in_use.add(file)
        await asyncio.to_thread(_write_durably, file, url)
        return file

    def release(self, file: Path, *, delete: bool) -> None:
        """End the use of an address; one that isn't deleted is taken by the next call."""
        self._in_use.discard(file)
        if delete:
            file.unlink(missing_ok=True)


def _write_durably(file: Path, url: str) -> None:
    with file.open("w", encoding="utf-8") as stream:
        stream.write(url)
        stream.flush()
        os.fsync(stream.fileno())
