"""Repaint reference pictures with a prompt's colours, weather and subject."""

from __future__ import annotations

from collections.abc import Sequence

import pyvips

from bot.demo.painter.canvas import Canvas
from bot.demo.painter.palettes import SEASONS, mix, rgb
from bot.demo.painter.sky import flatten_alpha, lightning
from bot.demo.painter.subjects.figures import draw_subject
from bot.demo.painter.svg import Point, ground, group, height_at, line, rolling_curve, smooth
from bot.demo.painter.terrain import tufts
from bot.demo.painter.weather import precipitation

DRAFT = 900
"""The longer side, in pixels, at which references are repainted."""
PLAIN_GROUND = [226.0, 222.0, 236.0]
_OWN_COLOUR = 0.75
"""How much of a detail's own colour, beside that of its surroundings, stays under a new palette."""


def repaint_references(canvas: Canvas, references: Sequence[bytes], width: int, height: int) -> pyvips.Image:
    """Repaint references at draft size, cropped to this aspect ratio together; raises pyvips.Error."""
    small = min(1.0, DRAFT / max(width, height))
    wide, high = max(16, round(width * small)), max(16, round(height * small))
    shown = _side_by_side(references, wide, high)
    changed = {
        "enlarge": lambda: shown,
        "vary": lambda: _vary(shown),
        "repaint": lambda: _brush(shown),
        "recolour": lambda: _recolour(canvas, _brush(shown)),
    }[canvas.scene.remix]()
    if canvas.scene.style == "isometric":
        changed = _tilt(changed)
    return changed.cast("uchar").copy(interpretation="srgb")


def _side_by_side(references: Sequence[bytes], width: int, height: int) -> pyvips.Image:
    """Return strips of equal width, in order from the left."""
    edges = [round(width * number / len(references)) for number in range(len(references) + 1)]
    strips = [
        _load(reference, right - left, height)
        for reference, left, right in zip(references, edges, edges[1:], strict=False)
    ]
    return strips[0] if len(strips) == 1 else pyvips.Image.arrayjoin(strips, across=len(strips))


def _load(reference: bytes, width: int, height: int) -> pyvips.Image:
    """Decode and crop to cover exactly this size, as RGB bytes."""
    image = pyvips.Image.thumbnail_buffer(reference, width, height=height, size="both", crop="centre")
    image = image.colourspace("srgb")
    return (
        (flatten_alpha(image) if image.hasalpha() else image).extract_band(0, n=3).cast("uchar").copy_memory()
    )


def _brush(image: pyvips.Image) -> pyvips.Image:
    """Flatten detail into strokes and draw the edges back in."""
    painted = image.median(5)
    edges = painted.colourspace("b-w").sobel().gaussblur(0.8)
    ink = 1 - (edges / 255).clamp() * 0.55
    return (painted * 0.85 + image * 0.15) * ink


def _vary(image: pyvips.Image) -> pyvips.Image:
    """Show it mirrored and from a little nearer."""
    nearer = image.resize(1.12).flip("horizontal")
    left, top = (nearer.width - image.width) // 2, (nearer.height - image.height) // 2
    return nearer.crop(left, top, image.width, image.height)


def _tilt(image: pyvips.Image) -> pyvips.Image:
    """Show it as a panel on a plain ground, seen from above at an angle."""
    scale = min(0.96 / 0.87, 0.94 / (1 + image.width / image.height / 2))
    panel = image.cast("uchar").copy(interpretation="srgb").resize(scale)
    slab = panel.bandjoin(255).affine([0.87, 0, -0.5, 1], background=[0, 0, 0, 0])
    depth = max(4, image.height // 22)
    left, top = (image.width - slab.width - depth) // 2, (image.height - slab.height) // 2
    placed = slab.embed(left, top, image.width, image.height)
    front = sides = placed.extract_band(3)
    for step in range(1, depth):
        sides = (sides | front.embed(step, -(step // 2), image.width, image.height)).copy_memory()
    ground = (image * 0 + PLAIN_GROUND).cast("uchar").copy(interpretation="srgb")
    solid = (sides > 127).ifthenelse([118, 124, 150], ground)
    return (front > 127).ifthenelse(placed.extract_band(0, n=3), solid)


def _recolour(canvas: Canvas, image: pyvips.Image) -> pyvips.Image:
    """Map its tones to the palette; what stands out by its own colour keeps some of it."""
    palette = canvas.palette
    middle = palette.leaf if canvas.scene.mood in SEASONS else palette.sky[1]
    bright = mix(palette.light, palette.sky[-1], 0.35)
    tones = [
        mix(palette.near, "#000000", 0.2),
        mix(palette.near, palette.sky[0], 0.6),
        mix(palette.sky[1], middle, 0.8),
        mix(palette.sky[-2], middle, 0.35),
        palette.sky[-1],
        bright,
    ]
    tone = image.cast("uchar").copy(interpretation="srgb").colourspace("b-w").extract_band(0)
    soft = (tone.hist_equal() * 0.45 + image.extract_band(1) * 0.55).cast("uchar")
    mapped = soft.maplut(_table(tones))
    own = image.cast("float") - tone
    return mapped * 0.68 + image * 0.32 + (own - own.gaussblur(16)) * _OWN_COLOUR


def _table(tones: list[str]) -> pyvips.Image:
    rows: list[tuple[int, int, int]] = []
    for level in range(256):
        at = level / 255 * (len(tones) - 1)
        first = min(int(at), len(tones) - 2)
        rows.append(rgb(mix(tones[first], tones[first + 1], at - first)))
    flat_rows = bytes(value for row in rows for value in row)
    return pyvips.Image.new_from_memory(flat_rows, 256, 1, 3, "uchar")


def draw_additions(canvas: Canvas) -> tuple[str, str]:
    """Draw what the prompt adds: weather, and its subject on a strip of ground.

    Not the sun or moon: the reference may show one.
    """
    crisp = lights = ""
    if canvas.scene.weather == "storm":
        bolt, flash = lightning(canvas)
        crisp, lights = crisp + bolt, lights + flash
    if canvas.scene.subject != "none":
        drawn, shine = _subject_on_ground(canvas)
        crisp, lights = crisp + drawn, lights + shine
    return crisp + precipitation(canvas), lights


def _subject_on_ground(canvas: Canvas) -> tuple[str, str]:
    palette, wide, high = canvas.palette, canvas.width, canvas.height
    x = wide * (0.27 if canvas.light_position[0] > wide / 2 else 0.73)
    crest: list[Point] = rolling_curve(canvas.rng, wide, high * 0.9, 22, 1.6)
    dark = mix(palette.near, "#000000", 0.15)
    strip = ground(smooth(crest), wide, high + 20, mix(dark, palette.mist, 0.14), dark, (high * 0.88, high))
    strip += line(smooth(crest), mix(dark, palette.light, 0.4), 2, 0.5) + tufts(canvas, crest)
    where = f"translate({x:.1f} {height_at(crest, x) + 8:.1f}) scale({0.8 * canvas.size_factor:.3f})"
    drawing = draw_subject(canvas)
    return strip + group(drawing.body, where), group(drawing.lights, where)
