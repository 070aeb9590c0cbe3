"""Pictures that compress well, badly, or in part."""

from __future__ import annotations

from pathlib import Path

import pyvips

from bot.demo.painter.paint import paint
from bot.domain.models import Picture

SIDE = 620
"""The width of the pictures: large enough for several of libvips's tiles."""


def noise(width: int, height: int) -> pyvips.Image:
    red, green, blue = (pyvips.Image.gaussnoise(width, height, sigma=60, mean=128, seed=i) for i in range(3))
    return red.bandjoin([green, blue]).cast("uchar").copy(interpretation="srgb")


def smooth(width: int, height: int) -> pyvips.Image:
    place = pyvips.Image.xyz(width, height)
    x, y = place.extract_band(0) / width, place.extract_band(1) / height
    return ((x * 255).bandjoin([y * 255, (x + y) * 127])).cast("uchar").copy(interpretation="srgb")


def painted(width: int, height: int) -> pyvips.Image:
    return paint("neon city in the rain", width=width, height=height)


def halves(width: int, height: int) -> pyvips.Image:
    upper = painted(width, height).crop(0, 0, width, height // 2)
    return upper.join(noise(width, height - height // 2), "vertical")


KINDS = {"noise": noise, "smooth": smooth, "painted": painted, "halves": halves}


def saved(image: pyvips.Image, path: Path) -> Picture:
    image.write_to_file(str(path))
    kind = "png" if path.suffix == ".png" else "jpeg"
    return Picture(path=path, format=kind, width=image.width, height=image.height)


def opened(picture: Picture) -> pyvips.Image:
    return pyvips.Image.new_from_file(str(picture.path))
