"""Water that mirrors what stands above it."""

from __future__ import annotations

import pyvips

from bot.demo.painter.palettes import rgb
from bot.demo.painter.sky import stretch_to
from bot.demo.painter.stage import Stage


def reflect(stage: Stage, sky: pyvips.Image, above: pyvips.Image, level: int) -> pyvips.Image:
    """Put a rippled mirror image of what is above the level (in pixels) under the bare sky."""
    width, depth = above.width, above.height - level
    source = above.crop(0, 0, width, level).flipver()
    waves = _waves(stage, width, depth)
    place = pyvips.Image.xyz(width, depth)
    y = place.extract_band(1)
    squeeze = min(1.0, 0.92 * level / depth)
    reach = (y / depth) * 0.9 + 0.1
    calm = 0.5 if stage.scene.weather in ("clear", "fog") else 1.0
    # The margin is for waves that look past the picture's edge.
    margin = max(2, width // 12)
    source = source.embed(margin, 0, width + 2 * margin, level, extend="copy")
    across = place.extract_band(0) + waves * reach * (width * 0.05 * calm) + margin
    down = y * squeeze + waves * reach * (depth * 0.22 * calm)
    mirror = source.mapim(across.bandjoin(down), extend="copy")
    water = _tinge(stage, mirror, y / depth)
    return sky.crop(0, 0, width, level).join(water, "vertical")


def _waves(stage: Stage, width: int, depth: int) -> pyvips.Image:
    """Make long flat ripples, about -1 to 1, finer towards the horizon."""
    near = _ripple(stage, width, depth, cell=0.09)
    far = _ripple(stage, width, depth, cell=0.035)
    y = pyvips.Image.xyz(width, depth).extract_band(1) / depth
    return near * y + far * (1 - y)


def _ripple(stage: Stage, width: int, depth: int, cell: float) -> pyvips.Image:
    flat = max(8, width // 7)
    size = max(3, round(depth * cell))
    return stretch_to(
        pyvips.Image.perlin(flat, depth, cell_size=size, seed=stage.dice.getrandbits(30)), width, depth
    )


def _tinge(stage: Stage, mirror: pyvips.Image, depth: pyvips.Image) -> pyvips.Image:
    """Darken the mirror with depth, as real water does."""
    tint = stage.palette
    deep = list(rgb(tint.sky[0]))
    share = depth * 0.5 + 0.14
    return mirror * (1 - share) + share.bandjoin([share, share]) * [part * 0.72 for part in deep]
