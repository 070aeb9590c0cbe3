"""Open a picture file as 8-bit sRGB for one sequential pass, with its metadata and the mark of its origin."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from os import read
from pathlib import Path
from typing import Any, BinaryIO

import pyvips

from bot.pictures.provenance import mark_ai_generated

MIN_WEBP_DECODED, MAX_WEBP_DECODED = 1_500_000, 8_000_000
"""WebP files of more pixels are scaled down while they are decoded, the more the larger they are."""
WEBP_MEMORY = 112_000_000
"""Bytes for decoding a WebP: its file, all of its pixels, and those that it is scaled down to."""

_OPTIONS: dict[str, Any] = {"access": "sequential", "fail_on": "truncated"}


@contextmanager
def open_picture(path: Path) -> Generator[pyvips.Image]:
    """Open a picture for the time of the context; raises OSError or pyvips.Error."""
    with unmapped_source(path) as source:
        yield _as_srgb(_opened(path, source))


@contextmanager
def unmapped_source(path: Path) -> Generator[pyvips.Source]:
    """Yield a file as a source that libvips reads instead of mapping all of it into memory."""
    with path.open("rb", buffering=0) as file:
        reader = _Reader(file)
        try:
            yield reader.source
        finally:
            reader.raise_error()


def _opened(path: Path, source: pyvips.Source) -> pyvips.Image:
    image = pyvips.Image.new_from_file(str(path), **_OPTIONS, revalidate=True)
    loader, pixels = image.get("vips-loader"), image.width * image.height
    if loader == "jpegload":
        # A progressive JPEG is held in memory as a whole, at six bytes per pixel: not its file, too.
        return pyvips.Image.jpegload_source(source, **_OPTIONS)
    if loader == "webpload" and pixels > (kept := _webp_pixels(path, pixels)):
        return pyvips.Image.new_from_file(
            str(path), **_OPTIONS, revalidate=True, scale=(kept / pixels) ** 0.5
        )
    return image


def _webp_pixels(path: Path, pixels: int) -> int:
    """Return how many pixels of a WebP may be decoded."""
    kept = (WEBP_MEMORY - path.stat().st_size - 4 * pixels) // 4
    return max(MIN_WEBP_DECODED, min(MAX_WEBP_DECODED, kept))


def _as_srgb(image: pyvips.Image) -> pyvips.Image:
    if image.interpretation not in ("srgb", "b-w"):
        image = image.colourspace("srgb")
    return mark_ai_generated(image.cast("uchar"))


class _Reader:
    """Reads a file for libvips, which can't tell an error of the disk from the end of the file."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._error: OSError | None = None
        self.source = pyvips.SourceCustom()
        self.source.on_read(self._read)

    def raise_error(self) -> None:
        """Raise the error that a read ended with."""
        if self._error is not None:
            raise self._error

    def _read(self, count: int) -> bytes:
        try:
            return read(self._file.fileno(), count)
        except OSError as error:
            self._error = error
            return b""
