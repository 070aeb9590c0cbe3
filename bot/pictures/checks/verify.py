"""Verify that a picture is complete: its structure while its bytes arrive, then what only a decoder can tell.

A PNG has checksums, and a JPEG that was cut off has no end, so that decoding them completely would find
nothing more. WebP and GIF are always decoded completely.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext
from pathlib import Path
from threading import Lock
from typing import Any

import pyvips

from bot.domain.errors import BadReply, LocalFailure
from bot.domain.local_failures import local_failure
from bot.domain.models import Header, Picture, PictureFormat
from bot.pictures.checks.decoding import Decoding
from bot.pictures.checks.structure import PictureStructure, check_pixels
from bot.pictures.opening import unmapped_source

# Explicit loaders, so that no other loader of libvips (SVG, PDF, ImageMagick...) can be reached.
_LOADERS: dict[PictureFormat, Callable[..., pyvips.Image]] = {
    "png": pyvips.Image.pngload,
    "jpeg": pyvips.Image.jpegload,
    "webp": pyvips.Image.webpload,
    "gif": pyvips.Image.gifload,
}
_HEAVY_PIXELS = 4_000_000


class Verifier:
    """Verifies pictures; decodes off the event loop, at most ``threads`` at once. Close it when done.

    ``heavy`` is held while a large picture is decoded completely, so that only one is at a time.
    """

    def __init__(self, *, max_pixels: int, threads: int = 2, heavy: Lock | None = None) -> None:
        self._heavy = heavy or Lock()
        self._max_pixels = max_pixels
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix="verify")

    def start_check(self) -> PictureVerification:
        """Start the check of one picture.

        PNG, JPEG, WebP and GIF are accepted; of an animation the first frame is decoded.
        """
        return PictureVerification(self)

    def start_structure(self) -> PictureStructure:
        """Start to read the structure of one picture."""
        return PictureStructure(self._max_pixels)

    async def decode(self, path: Path, header: Header, decoding: Decoding) -> Picture:
        """Decode a picture of sound structure as far as needed; raise BadReply if it fails."""
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._pool, self._decode_now, path, header.format, decoding)

    def close(self) -> None:
        """Cancel pending work; a running decode ends in its thread."""
        self._pool.shutdown(wait=False, cancel_futures=True)

    def _decode_now(self, path: Path, form: PictureFormat, decoding: Decoding) -> Picture:
        try:
            width, height = self._decode(path, form, decoding)
        except OSError as error:
            raise local_failure(error) or LocalFailure(f"{type(error).__name__}: {error}") from error
        except (pyvips.Error, MemoryError) as error:
            if (failure := local_failure(error)) is not None:
                raise failure from error
            raise BadReply(f"the {form} doesn't decode") from error
        return Picture(path=path, format=form, width=width, height=height)

    def _decode(self, path: Path, form: PictureFormat, decoding: Decoding) -> tuple[int, int]:
        image = _open(path, form, decoding)
        width, height = image.width, image.height
        check_pixels(width, height, self._max_pixels)
        is_heavy = width * height > _HEAVY_PIXELS
        if decoding == "first row":
            # A region is filled on this thread; an operation would start a pool of threads for a single row.
            pyvips.Region.new(image).fetch(0, 0, width, 1)
        elif decoding != "header":
            with self._heavy if is_heavy else nullcontext():
                _decode_completely(path, form, decoding, is_heavy=is_heavy)
        return width, height


class PictureVerification:
    """The check of one picture while its bytes arrive."""

    def __init__(self, verifier: Verifier) -> None:
        self._verifier = verifier
        self._structure = verifier.start_structure()

    def feed(self, chunk: bytes) -> None:
        """Take the next bytes; raise BadReply where they can't be part of a picture."""
        self._structure.feed(chunk)

    def restart(self) -> None:
        """Forget the bytes so far: others follow."""
        self._structure = self._verifier.start_structure()

    async def finish(self, file: Path) -> Picture:
        """Return what ``file`` holds; raise BadReply if it is cut off or damaged."""
        header, decoding = self._structure.close()
        return await self._verifier.decode(file, header, decoding)


def _open(path: Path, form: PictureFormat, decoding: Decoding, **options: float) -> pyvips.Image:
    # revalidate: libvips caches pictures by path, and a spool file's path may be reused.
    return _LOADERS[form](str(path), **_options(decoding), revalidate=True, **options)


def _decode_completely(path: Path, form: PictureFormat, decoding: Decoding, *, is_heavy: bool) -> None:
    if form == "jpeg":
        with unmapped_source(path) as source:
            _read_all(pyvips.Image.jpegload_source(source, **_options(decoding)))
    elif form == "webp" and is_heavy:
        # libwebp holds what it decodes twice, so it decodes to an eighth of the size.
        _read_all(_open(path, form, decoding, scale=0.125))
    else:
        _read_all(_open(path, form, decoding))


def _read_all(image: pyvips.Image) -> None:
    # Reading the last row sequentially decodes every row before it without keeping them.
    image.extract_area(0, image.height - 1, image.width, 1).avg()


def _options(decoding: Decoding) -> dict[str, Any]:
    return {"access": "sequential", "fail_on": "warning" if decoding == "strict" else "error"}
