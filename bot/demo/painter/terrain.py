"""Peaks, ridges, trees and grass."""

from __future__ import annotations

from bot.demo.painter.canvas import Canvas
from bot.demo.painter.palettes import mix
from bot.demo.painter.svg import (
    Point,
    circle,
    ground,
    height_at,
    line,
    linear_gradient,
    polygon,
    rolling_curve,
    rugged_line,
    smooth,
)

SNOW = "#f2f6fb"


def peaks(canvas: Canvas, *, depth: float, base: float, tall: float) -> str:
    """Draw a mountain range with shaded faces and, where it is cold, snow."""
    rng, palette = canvas.rng, canvas.palette
    colour = mix(palette.far, palette.near, depth * 0.85)
    lit = mix(colour, palette.light, 0.22 * (1 - palette.dark * 0.6))
    count = max(3, round(canvas.width / 300))
    chief = rng.randrange(count)
    tops = [
        (
            canvas.width * (i + rng.uniform(0.1, 0.9)) / count,
            base - tall * (1.12 if i == chief else rng.uniform(0.4, 0.85)),
        )
        for i in range(count)
    ]
    drawn = ""
    for top in sorted(tops, key=lambda point: point[1], reverse=True):
        drawn += _peak(canvas, top, base, colour, lit, depth)
    return drawn


def ridge(
    canvas: Canvas,
    *,
    depth: float,
    base: float,
    swing: float,
    trees: int = 0,
    size: float = 1.0,
    leafy: bool = False,
) -> str:
    """Draw one hill line with its mist and its trees."""
    rng, palette = canvas.rng, canvas.palette
    crest = rolling_curve(rng, canvas.width, base, swing, 1.5 + 1.5 * rng.random())
    colour = ground_colour(canvas, depth)
    wood = mix(colour, mix(palette.near, palette.leaf, 0.4), 0.45)
    drawn = ""
    count = round(trees * canvas.width / 1400) if trees else 0
    for _ in range(count):
        x = rng.uniform(0, canvas.width)
        tall = rng.uniform(26, 62) * (0.5 + depth) * size
        y = height_at(crest, x) + 6
        drawn += round_tree(canvas, x, y, tall * 0.62, wood) if leafy else pine(canvas, x, y, tall, wood)
    mist = mix(colour, palette.mist, 0.62 * (1.15 - depth))
    return drawn + ground(
        smooth(crest),
        canvas.width,
        canvas.height + 20,
        colour,
        mist,
        (base - swing, base + canvas.height * 0.13),
    )


def pine(canvas: Canvas, x: float, y: float, tall: float, colour: str) -> str:
    """Draw a conifer, snow-covered if the canvas is snowy."""
    rng = canvas.rng
    tiers = 7
    right: list[Point] = [(x, y - tall)]
    left: list[Point] = []
    for i in range(1, tiers + 1):
        reach = tall * 0.25 * (i / tiers) ** 0.85 * rng.uniform(0.8, 1.15)
        level = y - tall * (1 - i / tiers * 0.93)
        right += [(x + reach, level + tall * 0.02), (x + reach * 0.52, level - tall * 0.015)]
        left += [(x - reach, level + tall * 0.02), (x - reach * 0.52, level - tall * 0.015)]
    drawn = polygon([*right, (x + tall * 0.03, y), (x - tall * 0.03, y), *reversed(left)], colour)
    if canvas.snowy and tall > 40:
        white = mix(SNOW, canvas.palette.far, 0.3 + canvas.palette.dark * 0.45)
        edge = [left[0], *left[1:]]
        crest = [(px + tall * 0.05, py - tall * 0.05) for px, py in edge]
        drawn += polygon([(x, y - tall), *edge, *reversed(crest)], white, 0.6)
    return drawn


def round_tree(canvas: Canvas, x: float, y: float, tall: float, colour: str) -> str:
    """Draw a small broad-leaved tree."""
    rng = canvas.rng
    crown = [(0.0, -0.72, 0.34), (-0.2, -0.5, 0.25), (0.22, -0.52, 0.24), (0.02, -0.42, 0.28)]
    drawn = line(f"M{x:.1f} {y:.1f}V{y - tall * 0.5:.1f}", colour, tall * 0.08)
    for dx, dy, r in crown:
        drawn += circle(x + dx * tall, y + dy * tall, r * tall * rng.uniform(0.85, 1.1), colour)
    return drawn


def tufts(canvas: Canvas, crest: list[Point]) -> str:
    """Draw grass and flowers along the nearest ground."""
    rng, palette = canvas.rng, canvas.palette
    blade = mix(mix(palette.near, palette.leaf, 0.35), "#000000", 0.2)
    drawn = ""
    for _ in range(round(canvas.width / 7)):
        x = rng.uniform(0, canvas.width)
        y = height_at(crest, x) + 6
        lean, tall = rng.uniform(-16, 16), rng.uniform(16, 46)
        drawn += line(
            f"M{x:.1f} {y:.1f}q{lean * 0.2:.1f} {-tall * 0.6:.1f} {lean:.1f} {-tall:.1f}", blade, 2.2
        )
        if canvas.scene.subject == "flower" or rng.random() < 0.09:
            petal = rng.choice(
                (palette.bloom, mix(palette.bloom, palette.light, 0.5), mix(palette.bloom, palette.lamp, 0.5))
            )
            drawn += circle(
                x + lean, y - tall, rng.uniform(3, 7), mix(petal, palette.near, palette.dark * 0.4)
            )
    return drawn


def meadow(canvas: Canvas, crest: list[Point], *, depth: float) -> str:
    """Draw near ground under a line with a lit edge."""
    palette = canvas.palette
    top = mix(ground_colour(canvas, depth), palette.light, 0.1 * (1 - palette.dark))
    first = min(point[1] for point in crest)
    body = ground(
        smooth(crest),
        canvas.width,
        canvas.height + 20,
        top,
        mix(palette.near, top, 0.25),
        (first, canvas.height),
    )
    return body + line(smooth(crest), mix(top, palette.light, 0.45), 2.2, 0.5 * (1 - palette.dark * 0.5))


def ground_colour(canvas: Canvas, depth: float) -> str:
    """Mix the ground's colour for a depth, 0 far to 1 near."""
    palette = canvas.palette
    colour = mix(palette.far, mix(palette.near, palette.leaf, 0.2), depth)
    return (
        mix(colour, mix(SNOW, palette.far, 0.25), (0.55 - palette.dark * 0.25) * depth)
        if canvas.snowy
        else colour
    )


def _peak(canvas: Canvas, top: Point, base: float, colour: str, lit: str, depth: float) -> str:
    rng, palette = canvas.rng, canvas.palette
    rise = base - top[1]
    half = rise * (rng.uniform(1.25, 1.9) if canvas.scene.setting == "mountains" else rng.uniform(1.8, 3.0))
    left = rugged_line(rng, (top[0] - half, base + 60), top, rise * 0.13, 7)
    right = rugged_line(rng, top, (top[0] + half, base + 60), rise * 0.13, 7)
    whole = [*left, *right, (top[0] + half, base + 60)]
    spine = rugged_line(rng, top, (top[0] + rng.uniform(-0.15, 0.15) * half, base + 60), rise * 0.11, 5)
    dark_right = canvas.light_position[0] < top[0]
    shade = [*spine, (top[0], base + 60), *(reversed(right) if dark_right else left)]
    low = mix(colour, palette.mist, 0.75 - depth * 0.3)
    faces = linear_gradient((0, top[1]), (0, base), (0, lit, 1), (0.55, colour, 1), (1, low, 1))
    darker = mix(colour, palette.near, 0.32)
    shades = linear_gradient((0, top[1]), (0, base), (0, darker, 0.85), (0.6, darker, 0.5), (1, low, 0))
    drawn = faces[0] + polygon(whole, faces[1])
    if canvas.scene.setting == "mountains" or canvas.snowy:
        drawn += _snowcap(canvas, top, [*left, *right], rise)
    return drawn + shades[0] + polygon(shade, shades[1])


def _snowcap(canvas: Canvas, top: Point, outline: list[Point], rise: float) -> str:
    """Cover a summit down to a ragged snow line."""
    rng, palette = canvas.rng, canvas.palette
    limit = top[1] + rise * (0.52 if canvas.snowy else 0.34)
    upper = [point for point in outline if point[1] < limit]
    if len(upper) < 3:
        return ""
    start, end = upper[-1], upper[0]
    steps = 14
    ragged = [
        (
            start[0] + (end[0] - start[0]) * i / steps,
            limit + (rng.uniform(-0.02, 0.16) if i % 2 else -rng.uniform(0.0, 0.24)) * rise,
        )
        for i in range(1, steps)
    ]
    white = mix(mix(SNOW, palette.light, 0.25), palette.far, 0.1 + palette.dark * 0.45)
    defined, fill = linear_gradient(
        (0, top[1]), (0, limit), (0, white, 1), (1, mix(white, palette.far, 0.35), 0.9)
    )
    return defined + polygon([*upper, *ragged], fill)
