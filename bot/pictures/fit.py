"""Re-encode a picture that is over a limit, off the event loop.

The quality is found on a sample (strips of the picture at full resolution, a twelfth of it or so), so that
the whole picture is encoded once, seldom twice. It is decoded anew for each pass and never held whole: a
picture of 4K has some 45 MB of pixels, and sixteen may come at once.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import Any, Literal, Self
from uuid import uuid4

import pyvips

from bot.domain.errors import BadReply
from bot.domain.models import Picture
from bot.pictures.provenance import mark_as_made

Target = Literal["jpeg", "webp"]
SUFFIXES: dict[Target, str] = {"jpeg": ".jpg", "webp": ".webp"}
Source = Callable[[], pyvips.Image]
"""Opens the picture once more: what was decoded row by row is gone."""

BEST, LEAST = 95, 40
"""The qualities between which a picture keeps its dimensions."""
MARGIN, WIDER_MARGIN = 0.98, 0.94
"""Share of the limit to aim at, first and later: the sample is not the whole picture."""
SAMPLE_SHARE = 1 / 12
STRIP = 16
"""Height of a sample strip in pixels: one row of JPEG or WebP blocks."""
SMALL = 1_000_000
"""Pixels up to which the whole picture is its own sample."""
LARGE = 6_000_000
"""Pixels from which on a JPEG has a common code: its own would take all of it in memory, twice over."""
SHRINKS = 8
NOTHING, ALL = 0, 31
"""libvips's flags for the metadata to keep."""


class Fitter:
    """Make pictures fit under limits, on a few threads of its own; close it at the end."""

    def __init__(self, *, at_once: int = 1) -> None:
        self._threads = ThreadPoolExecutor(at_once, thread_name_prefix="fit")

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    async def fit(self, picture: Picture, limit: int, into: Path) -> Picture:
        """Give the picture itself if its file is within ``limit`` bytes, else a smaller one in ``into``.

        JPEG, or WebP where something is transparent. Raises BadReply for a picture that can't be
        decoded or made to fit.
        """
        return await asyncio.get_running_loop().run_in_executor(self._threads, fit_now, picture, limit, into)

    async def close(self) -> None:
        """Wait for what is running and give the threads back."""
        await asyncio.to_thread(self._threads.shutdown, wait=True, cancel_futures=True)


@dataclass(slots=True)
class Report:
    """What a fit did, for tests and benchmarks."""

    encodes: int = 0
    quality: int = 0
    scale: float = 1.0


def fit_now(picture: Picture, limit: int, into: Path, report: Report | None = None) -> Picture:
    """Do a Fitter's work on this thread."""
    try:
        if picture.path.stat().st_size <= limit:
            return picture
        source = partial(_open, picture.path)
        target: Target = "webp" if _see_through(source()) else "jpeg"
        into.mkdir(parents=True, exist_ok=True)
        path = into / f"{uuid4().hex}{SUFFIXES[target]}"
        try:
            width, height = _shrink_to(source, path, target, limit, report or Report())
        except BaseException:
            path.unlink(missing_ok=True)
            raise
        return Picture(path=path, format=target, width=width, height=height)
    except (pyvips.Error, OSError) as error:
        raise BadReply("the picture can't be re-encoded") from error


def _shrink_to(source: Source, path: Path, target: Target, limit: int, report: Report) -> tuple[int, int]:
    """Encode as well as fits; the dimensions shrink only when the least quality is still too big."""
    scale, margin = 1.0, MARGIN
    for _ in range(SHRINKS):
        scaled = source if scale == 1 else partial(_scale, source, scale)
        image = scaled()
        width, height = image.width, image.height
        if min(width, height) < 1:
            break
        report.scale = scale
        guess = _guess(image, target, limit * margin)
        size = guess.size
        if size <= limit * margin:
            size = _encode_under(scaled, path, target, limit, guess, report)
            if size <= limit:
                return width, height
            margin = WIDER_MARGIN
        scale *= max(0.35, min(0.93, 0.95 * (limit / size) ** 0.5))
    raise BadReply(f"the picture doesn't fit in {limit} bytes")


def _scale(source: Source, scale: float) -> pyvips.Image:
    return source().resize(scale)


def _encode_under(
    source: Source, path: Path, target: Target, limit: int, guess: Guess, report: Report
) -> float:
    """Encode at the guessed quality, then at most twice lower; answers the last size."""
    quality, size = guess.quality, 0
    for _ in range(3):
        image, options = _prepared(source(), target, quality)
        image.write_to_file(str(path), **options, keep=ALL)
        size = path.stat().st_size
        report.encodes += 1
        report.quality = quality
        budget = limit * WIDER_MARGIN * guess.size_of(quality) / size
        if size <= limit or quality == LEAST or guess.size_of(LEAST) > budget:
            break
        quality = min(quality - 1, _search(guess.size_of, budget))
    return size


@dataclass(frozen=True, slots=True, kw_only=True)
class Guess:
    """The best quality that should fit, the size foreseen for it, and for any other."""

    quality: int
    size: float
    size_of: Callable[[int], float]


def _guess(image: pyvips.Image, target: Target, budget: float) -> Guess:
    sample, ratio = _sample(image)
    speck = sample.crop(0, 0, 1, 1).copy_memory()
    known: dict[int, float] = {}

    def size_of(quality: int) -> float:
        if quality not in known:
            # Headers and metadata are in the file once, however large the picture.
            bare, whole = (_size(speck, target, quality, keep=keep) for keep in (NOTHING, ALL))
            known[quality] = whole + (_size(sample, target, quality, keep=NOTHING) - bare) * ratio
        return known[quality]

    quality = _search(size_of, budget)
    return Guess(quality=quality, size=size_of(quality), size_of=size_of)


def _search(size_of: Callable[[int], float], budget: float) -> int:
    """Bisect for the best quality within the budget; LEAST if none is."""
    low, high = LEAST, BEST
    while low < high:
        middle = (low + high + 1) // 2
        if size_of(middle) <= budget:
            low = middle
        else:
            high = middle - 1
    return low


def _sample(image: pyvips.Image) -> tuple[pyvips.Image, float]:
    """Take evenly spread strips; answers them joined, and how much more the whole is."""
    if image.width * image.height <= SMALL:
        return image.copy_memory(), 1.0
    count = max(4, round(image.height * SAMPLE_SHARE / STRIP))
    wanted = {round(i * (image.height // STRIP - 1) / (count - 1)) for i in range(count)}
    # Every strip is read, in order: the decoder can't skip any.
    rows, region = bytearray(), pyvips.Region.new(image)
    for number in range(max(wanted) + 1):
        strip = region.fetch(0, number * STRIP, image.width, STRIP)
        if number in wanted:
            rows += strip
    height = len(wanted) * STRIP
    sample = pyvips.Image.new_from_memory(rows, image.width, height, image.bands, "uchar")
    return sample.copy(interpretation=image.interpretation), image.height / height


def _open(path: Path) -> pyvips.Image:
    """Open a picture to be decoded row by row, once, as sRGB bytes; what it says of itself is kept."""
    image = pyvips.Image.new_from_file(str(path), access="sequential", fail_on="truncated", revalidate=True)
    if image.interpretation not in ("srgb", "b-w"):
        image = image.colourspace("srgb")
    return mark_as_made(image.cast("uchar"))


def _see_through(image: pyvips.Image) -> bool:
    if not image.hasalpha():
        return False
    faintest = image.extract_band(image.bands - 1).min()
    return isinstance(faintest, float) and faintest < 255


def _size(image: pyvips.Image, target: Target, quality: int, *, keep: int = ALL) -> int:
    image, options = _prepared(image, target, quality)
    return len(image.write_to_buffer(SUFFIXES[target], **options, keep=keep))


def _prepared(image: pyvips.Image, target: Target, quality: int) -> tuple[pyvips.Image, dict[str, Any]]:
    if target == "webp":
        return image, {"Q": quality, "effort": 2}
    solid = image.flatten() if image.hasalpha() else image
    made_to_measure = image.width * image.height < LARGE
    return solid, {"Q": quality, "optimize_coding": made_to_measure, "subsample_mode": "auto"}
