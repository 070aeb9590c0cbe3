"""Re-encode pictures that exceed a size limit, off the event loop.

The quality is estimated on a sample (strips of the picture at full resolution, about a twelfth of it), so
that the whole picture is encoded once, rarely twice. It is decoded once, to a file of raw pixels, and never
held in memory as a whole: a progressive JPEG of 4096x4096 pixels takes 120 MB to decode.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Generator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from threading import Lock
from types import TracebackType
from typing import Any, Literal, Self
from uuid import uuid4

import pyvips

from bot.domain.errors import BadReply
from bot.domain.local_failures import local_failure
from bot.domain.models import Picture
from bot.pictures.provenance import mark_ai_generated, metadata_bytes, strip_metadata

Target = Literal["jpeg", "webp"]
SUFFIXES: dict[Target, str] = {"jpeg": ".jpg", "webp": ".webp"}
Source = Callable[[], pyvips.Image]
"""Opens the decoded picture again for another sequential pass."""

BEST_QUALITY, LOWEST_QUALITY = 95, 40
"""The range of qualities within which a picture keeps its dimensions."""
MARGIN, WIDER_MARGIN = 0.98, 0.94
"""Share of the limit to aim at, first and then: the sample is only an estimate."""
SAMPLE_SHARE = 1 / 12
STRIP = 16
"""Height of a sample strip in pixels: one row of JPEG or WebP blocks."""
SMALL = 1_000_000
"""Up to this many pixels the whole picture is the sample."""
LARGE = 6_000_000
"""From this many pixels a JPEG uses the standard Huffman tables: optimizing them holds it in memory twice."""
MAX_SHRINKS = 8
MAX_WEBP_PIXELS = 2_500_000
"""Larger transparent pictures are scaled down: libwebp needs 20 bytes per pixel to encode."""
MAX_WEBP_DECODED = 8_000_000
"""Larger WebP files are scaled down while they are decoded: libwebp holds them twice, as RGBA."""
METADATA_SHARE = 0.25
"""Share of the limit that metadata may take; beyond it, only the mark of its origin is kept."""
KEEP_NOTHING, KEEP_ALL = 0, 31
"""libvips' flags for the metadata to keep."""


class Fitter:
    """Fit pictures into size limits on its own threads; close it when done.

    ``heavy`` is held while a picture is decoded, so that only one is at a time.
    """

    def __init__(self, *, threads: int = 1, heavy: Lock | None = None) -> None:
        self._threads = ThreadPoolExecutor(threads, thread_name_prefix="fit")
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


def fit_now(
    picture: Picture, limit: int, into: Path, report: FitReport | None = None, *, heavy: Lock | None = None
) -> Picture:
    """Fit a picture on the calling thread."""
    try:
        if picture.path.stat().st_size <= limit:
            return picture
        into.mkdir(parents=True, exist_ok=True)
        with _decoded(picture, limit, into, heavy or Lock()) as source:
            return _encode(source, limit, into, report or FitReport())
    except (pyvips.Error, OSError, MemoryError) as error:
        if (failure := local_failure(error)) is not None:
            raise failure from error
        raise BadReply("the picture can't be re-encoded") from error


@contextmanager
def _decoded(picture: Picture, limit: int, into: Path, heavy: Lock) -> Generator[Source]:
    """Decode a picture to a file of raw pixels for the time of the context."""
    raw = into / f".{uuid4().hex}.v"
    try:
        with heavy:
            _lighten(_open(picture.path), limit).write_to_file(str(raw))
        yield partial(pyvips.Image.new_from_file, str(raw), access="sequential", revalidate=True)
    finally:
        raw.unlink(missing_ok=True)


def _encode(source: Source, limit: int, into: Path, report: FitReport) -> Picture:
    target: Target = "webp" if _is_transparent(source()) else "jpeg"
    path = into / f"{uuid4().hex}{SUFFIXES[target]}"
    try:
        width, height = _shrink_to(source, path, target, limit, report)
    except BaseException:
        path.unlink(missing_ok=True)
        raise
    return Picture(path=path, format=target, width=width, height=height)


def _shrink_to(source: Source, path: Path, target: Target, limit: int, report: FitReport) -> tuple[int, int]:
    """Encode at the best quality that fits; scale down only if the lowest quality is still too large."""
    scale, margin = _first_scale(source(), target), MARGIN
    for _ in range(MAX_SHRINKS):
        scaled = source if scale == 1 else partial(_scale, source, scale)
        image = scaled()
        width, height = image.width, image.height
        if min(width, height) < 1:
            break
        report.scale = scale
        estimate = _estimate_quality(image, target, limit * margin)
        size = estimate.size
        if size <= limit * margin:
            size = _encode_under(scaled, path, target, limit, estimate, report)
            if size <= limit:
                return width, height
            margin = WIDER_MARGIN
        scale *= max(0.35, min(0.93, 0.95 * (limit / size) ** 0.5))
    raise BadReply(f"the picture doesn't fit in {limit} bytes")


def _first_scale(image: pyvips.Image, target: Target) -> float:
    if target == "jpeg":
        return 1.0
    return min(1.0, (MAX_WEBP_PIXELS / (image.width * image.height)) ** 0.5)


def _scale(source: Source, scale: float) -> pyvips.Image:
    return source().resize(scale)


def _encode_under(
    source: Source, path: Path, target: Target, limit: int, estimate: QualityEstimate, report: FitReport
) -> float:
    """Encode at the estimated quality, then at most twice at a lower one; return the last size."""
    quality, size = estimate.quality, 0
    for _ in range(3):
        image, options = _prepared(source(), target, quality)
        image.write_to_file(str(path), **options, keep=KEEP_ALL)
        size = path.stat().st_size
        report.encodes += 1
        report.quality = quality
        budget = limit * WIDER_MARGIN * estimate.size_of(quality) / size
        if size <= limit or quality == LOWEST_QUALITY or estimate.size_of(LOWEST_QUALITY) > budget:
            break
        quality = min(quality - 1, _search(estimate.size_of, budget))
    return size


@dataclass(frozen=True, slots=True, kw_only=True)
class QualityEstimate:
    """The best quality that should fit, its estimated size, and an estimate for any other quality."""

    quality: int
    size: float
    size_of: Callable[[int], float]


def _estimate_quality(image: pyvips.Image, target: Target, budget: float) -> QualityEstimate:
    sample, ratio = _sample(image)
    pixel = sample.crop(0, 0, 1, 1).copy_memory()
    sizes: dict[int, float] = {}

    def size_of(quality: int) -> float:
        if quality not in sizes:
            # Headers and metadata don't grow with the picture.
            without_metadata, with_metadata = (
                _size(pixel, target, quality, keep=keep) for keep in (KEEP_NOTHING, KEEP_ALL)
            )
            sizes[quality] = (
                with_metadata + (_size(sample, target, quality, keep=KEEP_NOTHING) - without_metadata) * ratio
            )
        return sizes[quality]

    quality = _search(size_of, budget)
    return QualityEstimate(quality=quality, size=size_of(quality), size_of=size_of)


def _search(size_of: Callable[[int], float], budget: float) -> int:
    """Bisect for the best quality within the budget; LEAST if none is."""
    low, high = LOWEST_QUALITY, BEST_QUALITY
    while low < high:
        middle = (low + high + 1) // 2
        if size_of(middle) <= budget:
            low = middle
        else:
            high = middle - 1
    return low


def _sample(image: pyvips.Image) -> tuple[pyvips.Image, float]:
    """Return evenly spread strips as one image, and the ratio of the whole picture to it."""
    if image.width * image.height <= SMALL:
        return image.copy_memory(), 1.0
    count = max(4, round(image.height * SAMPLE_SHARE / STRIP))
    selected = {round(i * (image.height // STRIP - 1) / (count - 1)) for i in range(count)}
    # Every strip is read in order: a sequential decoder can't skip any.
    rows, region = bytearray(), pyvips.Region.new(image)
    for number in range(max(selected) + 1):
        strip = region.fetch(0, number * STRIP, image.width, STRIP)
        if number in selected:
            rows += strip
    height = len(selected) * STRIP
    sample = pyvips.Image.new_from_memory(rows, image.width, height, image.bands, "uchar")
    return sample.copy(interpretation=image.interpretation), image.height / height


def _open(path: Path) -> pyvips.Image:
    """Open a picture as sRGB bytes for one sequential pass, with its metadata."""
    options: dict[str, Any] = {"access": "sequential", "fail_on": "truncated", "revalidate": True}
    image = pyvips.Image.new_from_file(str(path), **options)
    pixels = image.width * image.height
    if image.get("vips-loader") == "webpload" and pixels > MAX_WEBP_DECODED:
        image = pyvips.Image.new_from_file(str(path), **options, scale=(MAX_WEBP_DECODED / pixels) ** 0.5)
    if image.interpretation not in ("srgb", "b-w"):
        image = image.colourspace("srgb")
    return mark_ai_generated(image.cast("uchar"))


def _lighten(image: pyvips.Image, limit: int) -> pyvips.Image:
    """Return the picture without its metadata if that takes too much of the limit."""
    return strip_metadata(image) if metadata_bytes(image) > METADATA_SHARE * limit else image


def _is_transparent(image: pyvips.Image) -> bool:
    if not image.hasalpha():
        return False
    lowest = image.extract_band(image.bands - 1).min()
    return isinstance(lowest, float) and lowest < 255


def _size(image: pyvips.Image, target: Target, quality: int, *, keep: int = KEEP_ALL) -> int:
    image, options = _prepared(image, target, quality)
    return len(image.write_to_buffer(SUFFIXES[target], **options, keep=keep))


def _prepared(image: pyvips.Image, target: Target, quality: int) -> tuple[pyvips.Image, dict[str, Any]]:
    if target == "webp":
        return image, {"Q": quality, "effort": 2}
    opaque = image.flatten() if image.hasalpha() else image
    optimize = image.width * image.height < LARGE
    return opaque, {"Q": quality, "optimize_coding": optimize, "subsample_mode": "auto"}
