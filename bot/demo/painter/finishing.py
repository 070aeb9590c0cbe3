"""The last touches: drifting fog, light, vignette, grain and the mark."""

from __future__ import annotations

import pyvips

from bot.demo.painter.palettes import rgb
from bot.demo.painter.sky import billows, flat, render
from bot.demo.painter.stage import Stage
from bot.demo.painter.svg import group, line
from bot.demo.painter.weather import murk

GRAIN = 512
"""Side of the tile of film grain, in pixels."""


def veil(stage: Stage, lights: str, width: int, height: int) -> pyvips.Image:
    """Paint fog, light and vignette small, as RGBA bytes to be laid over the scene."""
    small = min(1.0, 400 / max(width, height))
    wide, high = max(8, round(width * small)), max(8, round(height * small))
    keep, fog = _vignette(wide, high), _fog(stage, wide, high)
    shine = flat(render(stage, lights, wide, high)).gaussblur(0.8) * 0.95
    red, green, blue = shine.bandsplit()
    brightest = red.bandrank([green, blue], index=2)
    # Light adds less where it is bright already, as on film: out = in * (1 - light) + light.
    cover = 1 - keep * (1 - fog) * (1 - brightest / 255)
    added = (fog * keep).bandjoin([fog * keep, fog * keep]) * list(rgb(stage.palette.mist)) + shine
    colour = added / (cover + 1e-4)
    return colour.bandjoin(cover * 255).cast("uchar").copy(interpretation="srgb")


def grained(stage: Stage, canvas: pyvips.Image) -> pyvips.Image:
    """Add film grain to a canvas of RGB bytes."""
    side, seed = GRAIN, stage.dice.getrandbits(30)
    tile = pyvips.Image.gaussnoise(side, side, sigma=3.2, mean=0, seed=seed).cast("char").copy_memory()
    spread = tile.replicate(-(-canvas.width // side), -(-canvas.height // side))
    grain = spread.crop(0, 0, canvas.width, canvas.height)
    return (canvas + grain).cast("uchar").copy(interpretation="srgb")


def mark(width: int, height: int) -> str:
    """Draw the word "demo" at the bottom right, in units of a thousandth of the shorter side."""
    unit = min(width, height) / 1000
    x, y = width / unit - 96, height / unit - 28
    shadow = line(LETTERS, "#000000", 4.4, 0.45)
    word = group(shadow, "translate(1.6 1.8)") + line(LETTERS, "#ffffff", 3.6, 0.75)
    return group(word, f"translate({x:.1f} {y:.1f}) scale(.7)")


LETTERS = (
    "M18 -26V0M18 -8A8.5 8.5 0 1 0 18 -7"  # d
    "M30 -8.5H46A8.2 8.2 0 1 0 43 -2"  # e
    "M56 0V-16M56 -9Q56 -16 62.5 -16Q69 -16 69 -9V0M69 -9Q69 -16 75.5 -16Q82 -16 82 -9V0"  # m
    "M100 -16A8.2 8.2 0 1 0 100.1 -16"  # o
)
"""The mark's strokes: drawn here, for a bare machine has no fonts."""


def _vignette(width: int, height: int) -> pyvips.Image:
    place = pyvips.Image.xyz(width, height)
    x, y = place.extract_band(0) / width - 0.5, place.extract_band(1) / height - 0.5
    away = (x * x + y * y) * 2
    return 1 - away * away * 0.34


def _fog(stage: Stage, width: int, height: int) -> pyvips.Image:
    """Make the share of fog at each place: low-lying, in drifts."""
    thick = murk(stage)
    y = pyvips.Image.xyz(width, height).extract_band(1) / height
    if not thick:
        return y * 0
    low = 1 - ((y - 0.66).abs() * 2.1).clamp()
    drift = (billows(stage, width, height, 4.0) * 1.1 + 0.5).clamp()
    return (low * drift * thick + low * thick * 0.2).clamp() * 0.95
