"""Recast a reference picture in a prompt's colours, weather and subject."""

from __future__ import annotations

import pyvips

from bot.demo.painter.figures import figure
from bot.demo.painter.palettes import mix, rgb
from bot.demo.painter.sky import flat, lightning, shining
from bot.demo.painter.stage import Stage
from bot.demo.painter.svg import Point, ground, group, height_at, line, rolling, smooth
from bot.demo.painter.terrain import tufts
from bot.demo.painter.weather import falling

DRAFT = 900
"""The longer side, in pixels, at which the reference is repainted."""


def recast(stage: Stage, reference: bytes, width: int, height: int) -> pyvips.Image:
    """Repaint the reference small, cropped to these proportions; raises pyvips.Error for no picture."""
    small = min(1.0, DRAFT / max(width, height))
    wide, high = max(16, round(width * small)), max(16, round(height * small))
    painted = _recolour(stage, _brush(_load(reference, wide, high)))
    return painted.cast("uchar").copy(interpretation="srgb")


def _load(reference: bytes, width: int, height: int) -> pyvips.Image:
    """Decode and crop to cover exactly this size, as RGB bytes."""
    image = pyvips.Image.thumbnail_buffer(reference, width, height=height, size="both", crop="centre")
    image = image.colourspace("srgb")
    return (flat(image) if image.hasalpha() else image).extract_band(0, n=3).cast("uchar").copy_memory()


def _brush(image: pyvips.Image) -> pyvips.Image:
    """Flatten detail into strokes and draw the edges back in."""
    painted = image.median(5)
    edges = painted.colourspace("b-w").sobel().gaussblur(0.8)
    ink = 1 - (edges / 255).clamp() * 0.55
    return (painted * 0.85 + image * 0.15) * ink


def _recolour(stage: Stage, image: pyvips.Image) -> pyvips.Image:
    """Map its tones to the palette, keeping some of its own colour."""
    tint = stage.palette
    bright = mix(tint.light, tint.sky[-1], 0.35)
    tones = [
        mix(tint.near, "#000000", 0.2),
        mix(tint.near, tint.sky[0], 0.6),
        tint.sky[1],
        tint.sky[-2],
        tint.sky[-1],
        bright,
    ]
    tone = image.cast("uchar").copy(interpretation="srgb").colourspace("b-w").extract_band(0).hist_equal()
    soft = (tone * 0.45 + image.extract_band(1) * 0.55).cast("uchar")
    mapped = soft.maplut(_table(tones))
    return mapped * 0.68 + image * 0.32


def _table(tones: list[str]) -> pyvips.Image:
    rows: list[tuple[int, int, int]] = []
    for level in range(256):
        at = level / 255 * (len(tones) - 1)
        first = min(int(at), len(tones) - 2)
        rows.append(rgb(mix(tones[first], tones[first + 1], at - first)))
    flat_rows = bytes(value for row in rows for value in row)
    return pyvips.Image.new_from_memory(flat_rows, 256, 1, 3, "uchar")


def overlay(stage: Stage) -> tuple[str, str]:
    """Draw what the prompt adds: its light, its weather and its subject on a strip of ground."""
    crisp, lights = shining(stage) if stage.palette.dark > 0.6 or stage.scene.weather == "clear" else ("", "")
    if stage.scene.weather == "storm":
        bolt, flash = lightning(stage)
        crisp, lights = crisp + bolt, lights + flash
    if stage.scene.subject != "none":
        drawn, shine = _standing(stage)
        crisp, lights = crisp + drawn, lights + shine
    return crisp + falling(stage), lights


def _standing(stage: Stage) -> tuple[str, str]:
    tint, wide, high = stage.palette, stage.width, stage.height
    x = wide * (0.27 if stage.light[0] > wide / 2 else 0.73)
    crest: list[Point] = rolling(stage.dice, wide, high * 0.9, 22, 1.6)
    dark = mix(tint.near, "#000000", 0.15)
    strip = ground(smooth(crest), wide, high + 20, mix(dark, tint.mist, 0.14), dark, (high * 0.88, high))
    strip += line(smooth(crest), mix(dark, tint.light, 0.4), 2, 0.5) + tufts(stage, crest)
    where = f"translate({x:.1f} {height_at(crest, x) + 8:.1f}) scale({0.8 * stage.span:.3f})"
    drawing = figure(stage)
    return strip + group(drawing.body, where), group(drawing.lights, where)
