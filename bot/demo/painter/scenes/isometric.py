"""A small world on a tile, seen from above at an angle."""

from __future__ import annotations

from bot.demo.painter.canvas import Canvas, Landscape
from bot.demo.painter.palettes import mix
from bot.demo.painter.prompt_scene import Setting
from bot.demo.painter.svg import Point, ellipse, polygon, rect

GROUNDS: dict[Setting, str] = {
    "sea": "#5aa7c4",
    "mountains": "#8fae7c",
    "hills": "#86b56f",
    "forest": "#6f9c62",
    "city": "#a9abb8",
    "desert": "#e2bd83",
    "space": "#8d84b4",
    "window": "#c79f78",
    "library": "#b98a62",
}
"""The colour of the tile."""
_HALF = 430.0
"""Half of the tile's width, in the units of a square picture."""
_THICK = 70.0


def isometric(canvas: Canvas) -> Landscape:
    """Draw a tile on a plain ground with the setting's blocks at its back, its subject in the middle."""
    wide, high = canvas.width, canvas.height
    middle = (wide / 2, high * 0.62)
    size = min(1.0, wide / 1000, high / 1000)
    colour = "#eef3f7" if canvas.snowy else GROUNDS[canvas.scene.setting]
    back = rect(-60, -60, wide + 120, high + 120, mix("#e6e2ee", canvas.palette.sky[1], 0.25))
    back += _tile(middle, size, colour) + _blocks(canvas, middle, size)
    return Landscape(back=back, front="", anchor=(middle[0], middle[1] + 60 * size), scale=0.72 * size)


def _tile(middle: Point, size: float, colour: str) -> str:
    x, y = middle
    half, deep, thick = _HALF * size, _HALF * size / 2, _THICK * size
    left, right, near = (x - half, y), (x + half, y), (x, y + deep)
    drawn = ellipse(x, y + thick + deep * 0.5, half * 0.95, deep * 0.62, "#3a3550", 0.16)
    drawn += polygon([left, near, (x, near[1] + thick), (left[0], y + thick)], mix(colour, "#3a2f4a", 0.3))
    drawn += polygon([right, near, (x, near[1] + thick), (right[0], y + thick)], mix(colour, "#3a2f4a", 0.5))
    return drawn + polygon([left, (x, y - deep), right, near], colour)


def _blocks(canvas: Canvas, middle: Point, size: float) -> str:
    """Draw what stands along the two back edges, the farthest first."""
    drawn = ""
    for along in (0.0, 0.24, 0.48, 0.72):
        for side in (-1, 1) if along else (1,):
            x = middle[0] + side * _HALF * size * along
            y = middle[1] + (-_HALF / 2 * (1 - along) + 62) * size
            drawn += _block(canvas, (x, y), size)
    return drawn


def _block(canvas: Canvas, place: Point, size: float) -> str:
    rng, palette, setting = canvas.rng, canvas.palette, canvas.scene.setting
    snow = "#f4f7fa" if canvas.snowy else ""
    if setting in ("sea", "space"):
        return ""
    if setting in ("city", "library", "window"):
        paint = rng.choice(("#d98f7f", "#7f9fc4", "#e0c07f", "#8fb59a"))
        return _box(place, 46 * size, rng.uniform(90, 220) * size, paint, snow)
    if setting == "mountains":
        return _pyramid(place, 84 * size, rng.uniform(150, 230) * size, "#a3a0b2", "#f4f7fa")
    if setting == "desert":
        return _pyramid(place, 70 * size, rng.uniform(50, 100) * size, "#d9ab6c", "")
    leaf = mix(mix(palette.leaf, "#7fb06a", 0.6), "#f4f7fa", 0.6 if snow else 0.0)
    trunk = _box(place, 9 * size, 34 * size, "#8a6a4f", "")
    above = (place[0], place[1] - 28 * size)
    return trunk + _pyramid(above, 44 * size, rng.uniform(90, 140) * size, leaf, "")


def _box(place: Point, half: float, tall: float, colour: str, top: str) -> str:
    """Draw a box that stands on a point, the middle of its base."""
    (x, y), deep = place, half / 2
    left = [(x - half, y), (x, y + deep), (x, y + deep - tall), (x - half, y - tall)]
    right = [(x + half, y), (x, y + deep), (x, y + deep - tall), (x + half, y - tall)]
    roof = [(x - half, y - tall), (x, y - deep - tall), (x + half, y - tall), (x, y + deep - tall)]
    drawn = polygon(left, mix(colour, "#3a2f4a", 0.12)) + polygon(right, mix(colour, "#3a2f4a", 0.32))
    return drawn + polygon(roof, top or mix(colour, "#ffffff", 0.35))


def _pyramid(place: Point, half: float, tall: float, colour: str, cap: str) -> str:
    """Draw a pyramid that stands on a point, its upper third in the cap's colour if there is one."""
    (x, y), deep = place, half / 2
    top = (x, y - tall)
    left = [(x - half, y), (x, y + deep), top]
    right = [(x + half, y), (x, y + deep), top]
    drawn = polygon(left, mix(colour, "#ffffff", 0.15)) + polygon(right, mix(colour, "#3a2f4a", 0.25))
    if cap:
        third = [(x - half / 3, y - tall * 2 / 3), (x, y - tall * 2 / 3 + deep / 3), top]
        drawn += polygon(third, cap)
        drawn += polygon([(2 * x - third[0][0], third[0][1]), third[1], top], mix(cap, "#3a2f4a", 0.15))
    return drawn
