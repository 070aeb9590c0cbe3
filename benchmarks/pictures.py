"""Pictures in colour for benchmarks, always the same ones: waves of colour with photographic grain."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pyvips

SEED = 12
SUB_FILTER = 0x10
"""libvips' flag: each pixel is stored as the difference to the one on its left."""


def photo(width: int, height: int, grain: float) -> pyvips.Image:
    """Return a picture whose channels differ, each with grain of this standard deviation."""
    red, green, blue = (
        pyvips.Image.sines(width, height, hfreq=2 + band, vfreq=1 + band) * 60
        + pyvips.Image.gaussnoise(width, height, sigma=grain, mean=128, seed=SEED + band)
        for band in range(3)
    )
    return red.bandjoin([green, blue]).cast("uchar").copy(interpretation="srgb")


@dataclass(frozen=True, slots=True)
class Sample:
    """A picture as the relay sends it."""

    name: str
    suffix: str
    draw: Callable[[], bytes]

    def save(self, folder: Path) -> Path:
        """Draw it into a file."""
        path = folder / f"{self.name.replace(' ', '-')}{self.suffix}"
        path.write_bytes(self.draw())
        return path


JPEG_2K = Sample("2K JPEG", ".jpg", lambda: photo(2048, 2048, 12).jpegsave_buffer(Q=89))
JPEG_4K = Sample("4K JPEG", ".jpg", lambda: photo(5120, 2880, 20).jpegsave_buffer(Q=89))
PNG_2K = Sample("2K PNG", ".png", lambda: _png(photo(2048, 2048, 0.95)))
PNG_4K = Sample("4K PNG", ".png", lambda: _png(photo(5120, 2880, 13)))


def _png(image: pyvips.Image) -> bytes:
    return image.pngsave_buffer(compression=3, filter=SUB_FILTER)
