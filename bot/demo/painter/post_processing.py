"""Post-processing: fog, light, vignette, grain and the watermark."""

from __future__ import annotations

import pyvips

from bot.demo.painter.canvas import Canvas
from bot.demo.painter.palettes import rgb
from bot.demo.painter.sky import cloud_noise, flatten_alpha, render_svg
from bot.demo.painter.svg import group, line
from bot.demo.painter.weather import fog_density

GRAIN = 512
"""Side of the tile of film grain, in pixels."""


def atmosphere(canvas: Canvas, lights: str, width: int, height: int) -> pyvips.Image:
    """Paint fog, light and vignette at a small size, as RGBA bytes to composite over the scene."""
    small = min(1.0, 400 / max(width, height))
    wide, high = max(8, round(width * small)), max(8, round(height * small))
    keep, fog = _vignette(wide, high), _fog(canvas, wide, high)
    shine = flatten_alpha(render_svg(canvas, lights, wide, high)).gaussblur(0.8) * 0.95
    red, green, blue = shine.bandsplit()
    brightest = red.bandrank([green, blue], index=2)
    # Light adds less where it is bright already: out = in * (1 - light) + light.
    cover = 1 - keep * (1 - fog) * (1 - brightest / 255)
    added = (fog * keep).bandjoin([fog * keep, fog * keep]) * list(rgb(canvas.palette.mist)) + shine
    colour = added / (cover + 1e-4)
    return colour.bandjoin(cover * 255).cast("uchar").copy(interpretation="srgb")


def add_grain(canvas: Canvas, image: pyvips.Image) -> pyvips.Image:
    """Add film grain to an image of RGB bytes."""
    side, seed = GRAIN, canvas.rng.getrandbits(30)
    tile = pyvips.Image.gaussnoise(side, side, sigma=3.2, mean=0, seed=seed).cast("char").copy_memory()
    spread = tile.replicate(-(-image.width // side), -(-image.height // side))
    grain = spread.crop(0, 0, image.width, image.height)
    return (image + grain).cast("uchar").copy(interpretation="srgb")


def watermark(width: int, height: int) -> str:
    """Draw the word "demo" at the bottom right, in units of a thousandth of the shorter side."""
    unit = min(width, height) / 1000
    x, y = width / unit - 96, height / unit - 28
    shadow = line(WATERMARK_STROKES, "#000000", 4.4, 0.45)
    word = group(shadow, "translate(1.6 1.8)") + line(WATERMARK_STROKES, "#ffffff", 3.6, 0.75)
    return group(word, f"translate({x:.1f} {y:.1f}) scale(.7)")


WATERMARK_STROKES = (
    "M18 -26V0M18 -8A8.5 8.5 0 1 0 18 -7"  # d
    "M30 -8.5H46A8.2 8.2 0 1 0 43 -2"  # e
    "M56 0V-16M56 -9Q56 -16 62.5 -16Q69 -16 69 -9V0M69 -9Q69 -16 75.5 -16Q82 -16 82 -9V0"  # m
    "M100 -16A8.2 8.2 0 1 0 100.1 -16"  # o
)
"""The watermark's strokes; a minimal system has no fonts."""


def _vignette(width: int, height: int) -> pyvips.Image:
    place = pyvips.Image.xyz(width, height)
    x, y = place.extract_band(0) / width - 0.5, place.extract_band(1) / height - 0.5
    away = (x * x + y * y) * 2
    return 1 - away * away * 0.34


def _fog(canvas: Canvas, width: int, height: int) -> pyvips.Image:
    """Return the fog's opacity at each pixel: low-lying, in drifts."""
    thick = fog_density(canvas)
    y = pyvips.Image.xyz(width, height).extract_band(1) / height
    if not thick:
        return y * 0
    low = 1 - ((y - 0.66).abs() * 2.1).clamp()
    drift = (cloud_noise(canvas, width, height, 4.0) * 1.1 + 0.5).clamp()
    return (low * drift * thick + low * thick * 0.2).clamp() * 0.95
