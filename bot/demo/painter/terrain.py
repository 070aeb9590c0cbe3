"""Peaks, ridges and what grows on them."""

from __future__ import annotations

from bot.demo.painter.palettes import mix
from bot.demo.painter.stage import Stage
from bot.demo.painter.svg import (
    Point,
    circle,
    fractal,
    ground,
    height_at,
    line,
    linear,
    polygon,
    rolling,
    smooth,
)

SNOW = "#f2f6fb"


def peaks(stage: Stage, *, depth: float, base: float, tall: float) -> str:
    """Draw a range with shaded faces and, where it is cold, snow."""
    dice, tint = stage.dice, stage.palette
    colour = mix(tint.far, tint.near, depth * 0.85)
    lit = mix(colour, tint.light, 0.22 * (1 - tint.dark * 0.6))
    count = max(3, round(stage.width / 300))
    chief = dice.randrange(count)
    tops = [
        (
            stage.width * (i + dice.uniform(0.1, 0.9)) / count,
            base - tall * (1.12 if i == chief else dice.uniform(0.4, 0.85)),
        )
        for i in range(count)
    ]
    drawn = ""
    for top in sorted(tops, key=lambda point: point[1], reverse=True):
        drawn += _peak(stage, top, base, colour, lit, depth)
    return drawn


def ridge(
    stage: Stage,
    *,
    depth: float,
    base: float,
    swing: float,
    trees: int = 0,
    size: float = 1.0,
    leafy: bool = False,
) -> str:
    """Draw one hill line with its mist and its trees."""
    dice, tint = stage.dice, stage.palette
    crest = rolling(dice, stage.width, base, swing, 1.5 + 1.5 * dice.random())
    colour = tone(stage, depth)
    wood = mix(colour, mix(tint.near, tint.leaf, 0.4), 0.45)
    drawn = ""
    count = round(trees * stage.width / 1400) if trees else 0
    for _ in range(count):
        x = dice.uniform(0, stage.width)
        tall = dice.uniform(26, 62) * (0.5 + depth) * size
        y = height_at(crest, x) + 6
        drawn += round_tree(stage, x, y, tall * 0.62, wood) if leafy else pine(stage, x, y, tall, wood)
    mist = mix(colour, tint.mist, 0.62 * (1.15 - depth))
    return drawn + ground(
        smooth(crest),
        stage.width,
        stage.height + 20,
        colour,
        mist,
        (base - swing, base + stage.height * 0.13),
    )


def pine(stage: Stage, x: float, y: float, tall: float, colour: str) -> str:
    """Draw a conifer, snow on it where snow lies."""
    dice = stage.dice
    tiers = 7
    right: list[Point] = [(x, y - tall)]
    left: list[Point] = []
    for i in range(1, tiers + 1):
        reach = tall * 0.25 * (i / tiers) ** 0.85 * dice.uniform(0.8, 1.15)
        level = y - tall * (1 - i / tiers * 0.93)
        right += [(x + reach, level + tall * 0.02), (x + reach * 0.52, level - tall * 0.015)]
        left += [(x - reach, level + tall * 0.02), (x - reach * 0.52, level - tall * 0.015)]
    drawn = polygon([*right, (x + tall * 0.03, y), (x - tall * 0.03, y), *reversed(left)], colour)
    if stage.snowy and tall > 40:
        white = mix(SNOW, stage.palette.far, 0.3 + stage.palette.dark * 0.45)
        edge = [left[0], *left[1:]]
        crest = [(px + tall * 0.05, py - tall * 0.05) for px, py in edge]
        drawn += polygon([(x, y - tall), *edge, *reversed(crest)], white, 0.6)
    return drawn


def round_tree(stage: Stage, x: float, y: float, tall: float, colour: str) -> str:
    """Draw a small broad-leaved tree."""
    dice = stage.dice
    crown = [(0.0, -0.72, 0.34), (-0.2, -0.5, 0.25), (0.22, -0.52, 0.24), (0.02, -0.42, 0.28)]
    drawn = line(f"M{x:.1f} {y:.1f}V{y - tall * 0.5:.1f}", colour, tall * 0.08)
    for dx, dy, r in crown:
        drawn += circle(x + dx * tall, y + dy * tall, r * tall * dice.uniform(0.85, 1.1), colour)
    return drawn


def tufts(stage: Stage, crest: list[Point]) -> str:
    """Draw grass and flowers along the nearest ground."""
    dice, tint = stage.dice, stage.palette
    blade = mix(mix(tint.near, tint.leaf, 0.35), "#000000", 0.2)
    drawn = ""
    for _ in range(round(stage.width / 7)):
        x = dice.uniform(0, stage.width)
        y = height_at(crest, x) + 6
        lean, tall = dice.uniform(-16, 16), dice.uniform(16, 46)
        drawn += line(
            f"M{x:.1f} {y:.1f}q{lean * 0.2:.1f} {-tall * 0.6:.1f} {lean:.1f} {-tall:.1f}", blade, 2.2
        )
        if stage.scene.subject == "flower" or dice.random() < 0.09:
            petal = dice.choice(
                (tint.bloom, mix(tint.bloom, tint.light, 0.5), mix(tint.bloom, tint.lamp, 0.5))
            )
            drawn += circle(x + lean, y - tall, dice.uniform(3, 7), mix(petal, tint.near, tint.dark * 0.4))
    return drawn


def meadow(stage: Stage, crest: list[Point], *, depth: float) -> str:
    """Draw near ground under a line, its edge catching the light."""
    tint = stage.palette
    top = mix(tone(stage, depth), tint.light, 0.1 * (1 - tint.dark))
    first = min(point[1] for point in crest)
    body = ground(
        smooth(crest), stage.width, stage.height + 20, top, mix(tint.near, top, 0.25), (first, stage.height)
    )
    return body + line(smooth(crest), mix(top, tint.light, 0.45), 2.2, 0.5 * (1 - tint.dark * 0.5))


def tone(stage: Stage, depth: float) -> str:
    """Mix the ground's colour for a depth, 0 far to 1 near."""
    tint = stage.palette
    colour = mix(tint.far, mix(tint.near, tint.leaf, 0.2), depth)
    return (
        mix(colour, mix(SNOW, tint.far, 0.25), (0.55 - tint.dark * 0.25) * depth) if stage.snowy else colour
    )


def _peak(stage: Stage, top: Point, base: float, colour: str, lit: str, depth: float) -> str:
    dice, tint = stage.dice, stage.palette
    rise = base - top[1]
    half = rise * (dice.uniform(1.25, 1.9) if stage.scene.setting == "mountains" else dice.uniform(1.8, 3.0))
    left = fractal(dice, (top[0] - half, base + 60), top, rise * 0.13, 7)
    right = fractal(dice, top, (top[0] + half, base + 60), rise * 0.13, 7)
    whole = [*left, *right, (top[0] + half, base + 60)]
    spine = fractal(dice, top, (top[0] + dice.uniform(-0.15, 0.15) * half, base + 60), rise * 0.11, 5)
    dark_right = stage.light[0] < top[0]
    shade = [*spine, (top[0], base + 60), *(reversed(right) if dark_right else left)]
    low = mix(colour, tint.mist, 0.75 - depth * 0.3)
    faces = linear((0, top[1]), (0, base), (0, lit, 1), (0.55, colour, 1), (1, low, 1))
    darker = mix(colour, tint.near, 0.32)
    shades = linear((0, top[1]), (0, base), (0, darker, 0.85), (0.6, darker, 0.5), (1, low, 0))
    drawn = faces[0] + polygon(whole, faces[1])
    if stage.scene.setting == "mountains" or stage.snowy:
        drawn += _snowcap(stage, top, [*left, *right], rise)
    return drawn + shades[0] + polygon(shade, shades[1])


def _snowcap(stage: Stage, top: Point, outline: list[Point], rise: float) -> str:
    """Cover a summit down to a ragged snow line."""
    dice, tint = stage.dice, stage.palette
    limit = top[1] + rise * (0.52 if stage.snowy else 0.34)
    upper = [point for point in outline if point[1] < limit]
    if len(upper) < 3:
        return ""
    start, end = upper[-1], upper[0]
    steps = 14
    ragged = [
        (
            start[0] + (end[0] - start[0]) * i / steps,
            limit + (dice.uniform(-0.02, 0.16) if i % 2 else -dice.uniform(0.0, 0.24)) * rise,
        )
        for i in range(1, steps)
    ]
    white = mix(mix(SNOW, tint.light, 0.25), tint.far, 0.1 + tint.dark * 0.45)
    defined, fill = linear((0, top[1]), (0, limit), (0, white, 1), (1, mix(white, tint.far, 0.35), 0.9))
    return defined + polygon([*upper, *ragged], fill)
