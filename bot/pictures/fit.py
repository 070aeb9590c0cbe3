"""Re-encode a picture that is over a limit, off the event loop.

The quality is found on a sample (strips of the picture at full resolution, a sixteenth of it or
so), so that the whole picture is encoded once, seldom twice.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Literal, Self
from uuid import uuid4

import pyvips

from bot.errors import BadReply
from bot.models import Picture
from bot.pictures.marks import mark_as_made

Target = Literal["jpeg", "webp"]

BEST, LEAST = 95, 40
"""The qualities between which a picture keeps its dimensions."""
MARGIN, WIDER_MARGIN = 0.98, 0.94
"""Share of the limit to aim at, first and later: the sample is not the whole picture."""
SAMPLE_SHARE = 1 / 12
STRIP = 16
"""Height of a sample strip in pixels: one row of JPEG or WebP blocks."""
SMALL = 1_000_000
"""Pixels up to which the whole picture is its own sample."""
SHRINKS = 8
NOTHING, ALL = 0, 31
"""libvips's flags for the metadata to keep."""


class Fitter:
    """Make pictures fit under limits, on a few threads of its own; close it at the end."""

    def __init__(self, *, at_once: int = 2) -> None:
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
    report = report or Report()
    try:
        if picture.path.stat().st_size <= limit:
            return picture
        image = _open(picture.path)
        target: Target = "webp" if _see_through(image) else "jpeg"
        return _save(*_shrink_to(image, target, limit, report), target, into)
    except (pyvips.Error, OSError) as error:
        raise BadReply("the picture can't be re-encoded") from error


def _shrink_to(image: pyvips.Image, target: Target, limit: int, report: Report) -> tuple[bytes, int, int]:
    """Encode as well as fits; the dimensions shrink only when the least quality is still too big."""
    scale, margin = 1.0, MARGIN
    for _ in range(SHRINKS):
        scaled = image if scale == 1 else image.resize(scale).copy_memory()
        report.scale = scale
        guess = _guess(scaled, target, limit * margin)
        foreseen = guess.size
        if foreseen <= limit * margin:
            file, foreseen = _encode_under(scaled, target, limit, guess, report)
            if file is not None:
                return file, scaled.width, scaled.height
            margin = WIDER_MARGIN
        scale *= max(0.35, min(0.93, 0.95 * (limit / foreseen) ** 0.5))
        if min(image.width, image.height) * scale < 1:
            break
    raise BadReply(f"the picture doesn't fit in {limit} bytes")


def _encode_under(
    image: pyvips.Image, target: Target, limit: int, guess: Guess, report: Report
) -> tuple[bytes | None, float]:
    """Encode at the guessed quality, then at most twice lower; the file and the last size."""
    quality, size = guess.quality, 0
    for _ in range(3):
        file = _encode(image, target, quality)
        size = len(file)
        report.encodes += 1
        report.quality = quality
        if size <= limit:
            return file, size
        budget = limit * WIDER_MARGIN * guess.size_of(quality) / size
        if quality == LEAST or guess.size_of(LEAST) > budget:
            break
        quality = min(quality - 1, _search(guess.size_of, budget))
    return None, size


@dataclass(frozen=True, slots=True, kw_only=True)
class Guess:
    """The best quality that should fit, the size foreseen for it, and for any other."""

    quality: int
    size: float
    size_of: Callable[[int], float]


def _guess(image: pyvips.Image, target: Target, budget: float) -> Guess:
    sample, ratio = _sample(image)
    speck = image.crop(0, 0, 1, 1).copy_memory()
    known: dict[int, float] = {}

    def size_of(quality: int) -> float:
        if quality not in known:
            # Headers and metadata are in the file once, however large the picture.
            bare, whole = (len(_encode(speck, target, quality, keep=keep)) for keep in (NOTHING, ALL))
            known[quality] = whole + (len(_encode(sample, target, quality, keep=NOTHING)) - bare) * ratio
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
        return image, 1.0
    count = max(4, round(image.height * SAMPLE_SHARE / STRIP))
    step = (image.height - STRIP) / (count - 1)
    strips = [image.crop(0, round(i * step), image.width, STRIP) for i in range(count)]
    return pyvips.Image.arrayjoin(strips, across=1).copy_memory(), image.height / (count * STRIP)


def _open(path: Path) -> pyvips.Image:
    """Decode the whole picture into memory, upright metadata kept, as sRGB bytes."""
    image = pyvips.Image.new_from_file(str(path), access="sequential", fail_on="truncated")
    if image.interpretation not in ("srgb", "b-w"):
        image = image.colourspace("srgb")
    return mark_as_made(image.cast("uchar").copy_memory())


def _see_through(image: pyvips.Image) -> bool:
    if not image.hasalpha():
        return False
    faintest = image.extract_band(image.bands - 1).min()
    return isinstance(faintest, float) and faintest < 255


def _encode(image: pyvips.Image, target: Target, quality: int, *, keep: int = ALL) -> bytes:
    if target == "webp":
        return image.webpsave_buffer(Q=quality, effort=2, keep=keep)
    solid = image.flatten() if image.hasalpha() else image
    return solid.jpegsave_buffer(Q=quality, optimize_coding=True, subsample_mode="auto", keep=keep)


def _save(file: bytes, width: int, height: int, target: Target, into: Path) -> Picture:
    into.mkdir(parents=True, exist_ok=True)
    path = into / f"{uuid4().hex}.{'jpg' if target == 'jpeg' else 'webp'}"
    try:
        path.write_bytes(file)
    except OSError:
        path.unlink(missing_ok=True)
        raise
    return Picture(path=path, format=target, width=width, height=height)
