"""Verify that a file is a complete picture by decoding all of it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext
from pathlib import Path
from threading import Lock
from typing import BinaryIO

import pyvips

from bot.domain.errors import BadReply, LocalFailure
from bot.domain.local_failures import local_failure
from bot.domain.models import Header, Picture, PictureFormat
from bot.pictures.sniff import MAX_HEADER_BYTES, sniff

# Explicit loaders, so that no other loader of libvips (SVG, PDF, ImageMagick...) can be reached.
_LOADERS: dict[PictureFormat, Callable[..., pyvips.Image]] = {
    "png": pyvips.Image.pngload,
    "jpeg": pyvips.Image.jpegload,
    "webp": pyvips.Image.webpload,
    "gif": pyvips.Image.gifload,
}
_HEAVY_PIXELS = 4_000_000
_BLOCK = 1024 * 1024
_PNG_END = b"IEND\xaeB`\x82"


class Verifier:
    """Decodes pictures off the event loop, at most ``threads`` at once; close it when done.

    ``heavy`` is held while a large picture is decoded, so that only one is at a time.
    """

    def __init__(self, *, max_pixels: int, threads: int = 2, heavy: Lock | None = None) -> None:
        self._heavy = heavy or Lock()
        self._max_pixels = max_pixels
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix="verify")

    async def __call__(self, path: Path) -> Picture:
        """Verify the picture at ``path``; raise BadReply if it doesn't decode completely or has too many
        pixels.

        PNG, JPEG, WebP and GIF are accepted; of an animation the first frame is decoded.
        """
        return await asyncio.get_running_loop().run_in_executor(self._pool, self._verify, path)

    def close(self) -> None:
        """Cancel pending work; a running decode ends in its thread."""
        self._pool.shutdown(wait=False, cancel_futures=True)

    def _verify(self, path: Path) -> Picture:
        try:
            header = _header(path)
        except OSError as error:
            raise local_failure(error) or LocalFailure(f"{type(error).__name__}: {error}") from error
        self._check_pixels(header.width, header.height)
        try:
            is_heavy = header.width * header.height > _HEAVY_PIXELS
            with self._heavy if is_heavy else nullcontext():
                width, height = self._decode(path, header)
        except (pyvips.Error, MemoryError) as error:
            if (failure := local_failure(error)) is not None:
                raise failure from error
            raise BadReply(f"the {header.format} doesn't decode") from error
        return Picture(path=path, format=header.format, width=width, height=height)

    def _decode(self, path: Path, header: Header) -> tuple[int, int]:
        # revalidate: libvips caches pictures by path, and a spool file's path may be reused.
        load = _LOADERS[header.format]
        image = load(str(path), access="sequential", fail_on="error", revalidate=True)
        width, height = image.width, image.height
        self._check_pixels(width, height)
        if header.format == "webp" and width * height > _HEAVY_PIXELS:
            # libwebp holds what it decodes twice, so it decodes to an eighth of the size.
            image = load(str(path), access="sequential", fail_on="error", revalidate=True, scale=0.125)
        # Reading the last row sequentially decodes every row before it without keeping them.
        image.extract_area(0, image.height - 1, image.width, 1).avg()
        return width, height

    def _check_pixels(self, width: int, height: int) -> None:
        if width * height > self._max_pixels:
            raise BadReply(f"{width}x{height} is more than {self._max_pixels} pixels")


def _header(path: Path) -> Header:
    with path.open("rb") as file:
        header = sniff(file.read(MAX_HEADER_BYTES))
        has_end = header is None or header.format != "png" or _contains(file, _PNG_END)
    if header is None or header.format not in _LOADERS:
        raise BadReply("not a PNG, JPEG, WebP or GIF")
    if not has_end:  # libpng accepts a file without it
        raise BadReply("the png is truncated")
    return header


def _contains(file: BinaryIO, mark: bytes) -> bool:
    """Whether a file contains these bytes, searched from its end: anything may follow a picture."""
    end = file.seek(0, 2)
    while end > 0:
        start = max(0, end - _BLOCK)
        file.seek(start)
        if mark in file.read(end - start + len(mark) - 1):
            return True
        end = start
    return False
