"""Re-encode pictures that exceed a size limit, off the event loop.

A PNG that fits at the best quality is decoded and encoded in one pass, which ends early if it doesn't seem to
fit. Then, as for other formats, the quality is estimated on a sample (strips of the picture at full
resolution, about a twelfth of it), so that the whole picture is encoded once, rarely twice. For that it is
decoded once, to a file of raw pixels, and never held in memory as a whole. Up to 4096x4096 pixels of 8 bits
this takes at most 120 MB (a lossless WebP 125 MB); larger pictures take in proportion, and ``heavy`` keeps
them from being decoded at the same time.
"""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Callable, Generator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from threading import Lock
from types import TracebackType
from typing import Self
from uuid import uuid4

import pyvips

from bot.domain.errors import BadReply
from bot.domain.local_failures import local_failure
from bot.domain.models import Picture
from bot.pictures.encoding import BEST_QUALITY, LOWEST_QUALITY, SUFFIXES, Target, encode, encode_within
from bot.pictures.opening import open_picture
from bot.pictures.provenance import metadata_bytes, strip_metadata
from bot.pictures.quality_estimate import estimate_quality

Source = Callable[[], pyvips.Image]
"""Opens the decoded picture again for another sequential pass."""

MARGIN, WIDER_MARGIN = 0.98, 0.94
"""Share of the limit to aim at, first and then: the sample is only an estimate."""
MAX_SHRINKS = 8
_NICENESS = 5
"""Of the threads that fit pictures: about a third of the event loop's share where both need the processor."""
MAX_WEBP_PIXELS = 3_500_000
"""Larger transparent pictures are scaled down: libwebp needs 20 bytes per pixel to encode."""
METADATA_SHARE = 0.25
"""Share of the limit that metadata may take; beyond it, only the mark of its origin is kept."""


class Fitter:
    """Fit pictures into size limits on its own threads; close it when done.

    ``heavy`` is held while a picture is decoded, so that only one is at a time.
    """

    def __init__(self, *, threads: int = 1, heavy: Lock | None = None) -> None:
        self._threads = ThreadPoolExecutor(threads, thread_name_prefix="fit", initializer=_lower_priority)
        self._heavy = heavy or Lock()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    async def fit(self, picture: Picture, limit: int, into: Path) -> Picture:
        """Return the picture if its file is within ``limit`` bytes, else a smaller copy in ``into``.

        The copy is a JPEG, or a WebP if the picture is transparent. Raises BadReply for a picture that can't
        be decoded or made small enough.
        """
        fit = partial(fit_now, picture, limit, into, heavy=self._heavy)
        return await asyncio.get_running_loop().run_in_executor(self._threads, fit)

    def close(self) -> None:
        """Cancel pending work; running work ends in its thread."""
        self._threads.shutdown(wait=False, cancel_futures=True)


@dataclass(slots=True)
class FitReport:
    """Statistics of one fit, for tests and benchmarks."""

    encodes: int = 0
    quality: int = 0
    scale: float = 1.0


def _lower_priority() -> None:
    """Give the calling thread, and those that libvips starts from it, less of a busy processor."""
    if sys.platform == "linux":  # elsewhere it would be the whole process
        os.nice(_NICENESS)


def fit_now(
    picture: Picture, limit: int, into: Path, report: FitReport | None = None, *, heavy: Lock | None = None
) -> Picture:
    """Fit a picture on the calling thread."""
    try:
        if picture.path.stat().st_size <= limit:
            return picture
        into.mkdir(parents=True, exist_ok=True)
        report, heavy = report or FitReport(), heavy or Lock()
        if fitted := _encode_directly(picture, limit, into, report, heavy):
            return fitted
        with _decoded(picture, limit, into, heavy) as source:
            return _encode(source, limit, into, report)
    except (pyvips.Error, OSError, MemoryError) as error:
        if (failure := local_failure(error)) is not None:
            raise failure from error
        raise BadReply("the picture can't be re-encoded") from error


def _encode_directly(
    picture: Picture, limit: int, into: Path, report: FitReport, heavy: Lock
) -> Picture | None:
    """Encode an opaque PNG at the best quality in one pass; return None if it doesn't seem to fit."""
    with heavy, open_picture(picture.path) as image, _new_file(into, SUFFIXES["jpeg"]) as path:
        # Other formats rarely fit at the best quality, and a part takes as long to decode as the whole.
        if not _is_sequential_png(image) or image.hasalpha():
            return None
        report.encodes, report.quality = 1, BEST_QUALITY
        if encode_within(_lighten(image, limit), path, BEST_QUALITY, limit):
            return Picture(path=path, format="jpeg", width=image.width, height=image.height)
        path.unlink(missing_ok=True)
        return None


def _is_sequential_png(image: pyvips.Image) -> bool:
    return image.get("vips-loader") == "pngload" and not image.get_typeof("interlaced")


@contextmanager
def _decoded(picture: Picture, limit: int, into: Path, heavy: Lock) -> Generator[Source]:
    """Decode a picture to a file of raw pixels for the time of the context."""
    with _raw_file(into) as raw:
        _decode(picture.path, limit, raw, heavy)
        yield _source(raw)


def _decode(path: Path, limit: int, raw: Path, heavy: Lock) -> None:
    # A function of its own: its variables would keep the decoder's memory.
    with heavy, open_picture(path) as image:
        _lighten(image, limit).write_to_file(str(raw))


def _encode(source: Source, limit: int, into: Path, report: FitReport) -> Picture:
    target: Target = "webp" if _is_transparent(source()) else "jpeg"
    with _new_file(into, SUFFIXES[target]) as path:
        width, height = _shrink_to(source, path, target, limit, report)
    return Picture(path=path, format=target, width=width, height=height)


def _shrink_to(source: Source, path: Path, target: Target, limit: int, report: FitReport) -> tuple[int, int]:
    """Encode at the best quality that fits; scale down only if the lowest quality is still too large."""
    image = source()
    scale, margin = _first_scale(image, target), MARGIN
    for _ in range(MAX_SHRINKS):
        if min(image.width, image.height) * scale < 1:
            break
        report.scale = scale
        with _scaled(source, scale, path.parent) as scaled:
            width, height = scaled().width, scaled().height
            size = _encode_within(scaled, path, target, limit, margin, report)
        if size <= limit:
            return width, height
        margin = WIDER_MARGIN
        scale *= max(0.35, min(0.93, 0.95 * (limit / size) ** 0.5))
    raise BadReply(f"the picture doesn't fit in {limit} bytes")


def _first_scale(image: pyvips.Image, target: Target) -> float:
    if target == "jpeg":
        return 1.0
    return min(1.0, (MAX_WEBP_PIXELS / (image.width * image.height)) ** 0.5)


@contextmanager
def _scaled(source: Source, scale: float, folder: Path) -> Generator[Source]:
    """Scale a picture to another file of raw pixels, so that encoding doesn't hold the larger one, too."""
    if scale == 1:
        yield source
        return
    with _raw_file(folder) as raw:
        source().resize(scale).write_to_file(str(raw))
        yield _source(raw)


def _encode_within(
    source: Source, path: Path, target: Target, limit: int, margin: float, report: FitReport
) -> float:
    """Encode at the estimated quality, then at most twice at a lower one; return the size or its estimate."""
    estimate = estimate_quality(source(), target, limit * margin)
    if estimate.size > limit * margin:
        return max(estimate.size, limit + 1)
    quality, size = estimate.quality, 0
    for _ in range(3):
        size = encode(source(), path, target, quality)
        report.encodes += 1
        report.quality = quality
        budget = limit * WIDER_MARGIN * estimate.size_of(quality) / size
        if size <= limit or quality == LOWEST_QUALITY or estimate.size_of(LOWEST_QUALITY) > budget:
            break
        quality = min(quality - 1, estimate.best_within(budget))
    return size


@contextmanager
def _new_file(folder: Path, suffix: str) -> Generator[Path]:
    """Yield a new name in a folder; remove the file if the context fails."""
    path = folder / f"{uuid4().hex}{suffix}"
    try:
        yield path
    except BaseException:
        path.unlink(missing_ok=True)
        raise


@contextmanager
def _raw_file(folder: Path) -> Generator[Path]:
    """Yield the name of a file of raw pixels, removed at the end of the context."""
    path = folder / f".{uuid4().hex}.v"
    try:
        yield path
    finally:
        path.unlink(missing_ok=True)


def _source(raw: Path) -> Source:
    return partial(pyvips.Image.new_from_file, str(raw), access="sequential", revalidate=True)


def _lighten(image: pyvips.Image, limit: int) -> pyvips.Image:
    """Return the picture without its metadata if that takes too much of the limit."""
    return strip_metadata(image) if metadata_bytes(image) > METADATA_SHARE * limit else image


def _is_transparent(image: pyvips.Image) -> bool:
    if not image.hasalpha():
        return False
    lowest = image.extract_band(image.bands - 1).min()
    return isinstance(lowest, float) and lowest < 255
