"""Estimate the quality at which a picture fits, on strips of it at full resolution."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import pyvips

from bot.pictures.encoding import BEST_QUALITY, LOWEST_QUALITY, Target, encoded_size

SAMPLE_SHARE = 1 / 12
STRIP = 16
"""Height of a sample strip in pixels: one row of JPEG or WebP blocks."""
SMALL = 1_000_000
"""Up to this many pixels the whole picture is the sample."""


@dataclass(frozen=True, slots=True, kw_only=True)
class QualityEstimate:
    """The best quality that should fit, its estimated size, and an estimate for any other quality."""

    quality: int
    size: float
    size_of: Callable[[int], float]

    def best_within(self, budget: float) -> int:
        """Return the best quality that should take at most ``budget`` bytes; the lowest if none does."""
        return _search(self.size_of, budget)


def estimate_quality(image: pyvips.Image, target: Target, budget: float) -> QualityEstimate:
    """Estimate for a picture that can be read once from top to bottom."""
    sample, ratio = _sample(image)
    pixel = sample.crop(0, 0, 1, 1).copy_memory()
    sizes: dict[int, float] = {}

    def size_of(quality: int) -> float:
        if quality not in sizes:
            # Headers and metadata don't grow with the picture.
            bare, full = (encoded_size(pixel, target, quality, metadata=each) for each in (False, True))
            sizes[quality] = full + (encoded_size(sample, target, quality, metadata=False) - bare) * ratio
        return sizes[quality]

    quality = _search(size_of, budget)
    return QualityEstimate(quality=quality, size=size_of(quality), size_of=size_of)


def _search(size_of: Callable[[int], float], budget: float) -> int:
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
