"""Water that mirrors the scene above it."""

from __future__ import annotations

import pyvips

from bot.demo.painter.canvas import Canvas
from bot.demo.painter.palettes import rgb
from bot.demo.painter.sky import resize_smoothly


def reflect(canvas: Canvas, sky: pyvips.Image, above: pyvips.Image, level: int) -> pyvips.Image:
    """Add a rippled mirror image of everything above ``level`` (in pixels) below it."""
    width, depth = above.width, above.height - level
    source = above.crop(0, 0, width, level).flipver()
    waves = _waves(canvas, width, depth)
    place = pyvips.Image.xyz(width, depth)
    y = place.extract_band(1)
    squeeze = min(1.0, 0.92 * level / depth)
    reach = (y / depth) * 0.9 + 0.1
    calm = 0.5 if canvas.scene.weather in ("clear", "fog") else 1.0
    # The margin is for waves that look past the picture's edge.
    margin = max(2, width // 12)
    source = source.embed(margin, 0, width + 2 * margin, level, extend="copy")
    across = place.extract_band(0) + waves * reach * (width * 0.05 * calm) + margin
    down = y * squeeze + waves * reach * (depth * 0.22 * calm)
    mirror = source.mapim(across.bandjoin(down), extend="copy")
    water = _tinge(canvas, mirror, y / depth)
    return sky.crop(0, 0, width, level).join(water, "vertical")


def _waves(canvas: Canvas, width: int, depth: int) -> pyvips.Image:
    """Return long flat ripples, about -1 to 1, finer towards the horizon."""
    near = _ripple(canvas, width, depth, cell=0.09)
    far = _ripple(canvas, width, depth, cell=0.035)
    y = pyvips.Image.xyz(width, depth).extract_band(1) / depth
    return near * y + far * (1 - y)


def _ripple(canvas: Canvas, width: int, depth: int, cell: float) -> pyvips.Image:
    narrow = max(8, width // 7)
    size = max(3, round(depth * cell))
    return resize_smoothly(
        pyvips.Image.perlin(narrow, depth, cell_size=size, seed=canvas.rng.getrandbits(30)), width, depth
    )


def _tinge(canvas: Canvas, mirror: pyvips.Image, depth: pyvips.Image) -> pyvips.Image:
    """Darken the mirror with depth, as real water does."""
    palette = canvas.palette
    deep = list(rgb(palette.sky[0]))
    share = depth * 0.5 + 0.14
    return mirror * (1 - share) + share.bandjoin([share, share]) * [part * 0.72 for part in deep]
