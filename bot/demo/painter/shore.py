"""Landscapes with water, streets and windows."""

from __future__ import annotations

import math
from itertools import pairwise

from bot.demo.painter.palettes import mix
from bot.demo.painter.stage import Land, Stage
from bot.demo.painter.svg import Point, circle, ground, line, linear, oval, polygon, shape, smooth
from bot.demo.painter.terrain import peaks


def sea(stage: Stage) -> Land:
    """Draw open water: far isles, a path of light, swell where it blows."""
    high, wide = stage.height, stage.width
    level = high * 0.63
    back = "" if stage.scene.weather == "storm" else _isles(stage, level)
    rough = stage.scene.weather in ("storm", "wind")
    front = _swell(stage, level) if rough else _glitter(stage, level) + _ripples(stage, level)
    if stage.scene.subject == "boat":
        x, y = wide * stage.dice.uniform(0.4, 0.6), high * 0.74
        return Land(back=back, front=front, spot=(x, y), scale=0.74 * stage.span, water=level)
    x = wide * stage.dice.choice((0.3, 0.69))
    rock = _rock(stage, x, level) if stage.scene.subject not in ("none", "bird") else ""
    return Land(back=back, front=front + rock, spot=(x, high * 0.67), scale=1.0 * stage.span, water=level)


def _isles(stage: Stage, level: float) -> str:
    drawn = peaks(stage, depth=0.1, base=level - 20, tall=stage.height * stage.dice.uniform(0.08, 0.17))
    dice, tint = stage.dice, stage.palette
    for share in (dice.uniform(0.0, 0.2), dice.uniform(0.75, 1.0)):
        x, half, tall = share * stage.width, dice.uniform(150, 300), dice.uniform(30, 80)
        hump = [
            (x - half, level),
            (x - half * 0.5, level - tall * 0.7),
            (x, level - tall),
            (x + half * 0.45, level - tall * 0.5),
            (x + half, level),
        ]
        drawn += shape(smooth(hump) + "Z", mix(tint.far, tint.near, 0.4))
    return drawn


def _glitter(stage: Stage, level: float) -> str:
    """Lay the sun's or moon's path on the water."""
    dice, tint = stage.dice, stage.palette
    if stage.scene.weather in ("rain", "fog", "snow"):
        return ""
    drawn = ""
    for _ in range(150):
        t = dice.random() ** 1.5
        y = level + 4 + t * (stage.height - level)
        x = stage.light[0] + dice.gauss(0, 1) * (22 + 110 * t)
        long = dice.uniform(8, 34) * (0.5 + 1.8 * t)
        drawn += oval(x, y, long, 1.2 + 2.6 * t, tint.light, dice.uniform(0.25, 0.85) * (1 - 0.55 * t))
    return drawn


def _ripples(stage: Stage, level: float) -> str:
    dice, tint = stage.dice, stage.palette
    drawn = ""
    for _ in range(70):
        t = dice.random()
        y = level + 6 + t * t * (stage.height - level)
        long = dice.uniform(30, 120) * (0.4 + t)
        colour = dice.choice((tint.mist, tint.near, tint.sky[1]))
        drawn += oval(dice.uniform(0, stage.width), y, long, 0.8 + 2.2 * t, colour, 0.16)
    return drawn


def _swell(stage: Stage, level: float) -> str:
    """Draw rows of steep waves with foam on them."""
    dice, tint = stage.dice, stage.palette
    drawn = ""
    for i in range(7):
        t = i / 6
        y = level + 10 + (stage.height - level) * (0.05 + 0.82 * t)
        tall, long = 14 + 58 * t, 130 + 260 * t
        crest = _crests(stage, y, tall, long)
        top = mix(mix(tint.sky[2], tint.mist, 0.25), tint.sky[0], 0.25 + 0.3 * t)
        drawn += ground(
            smooth(crest),
            stage.width,
            stage.height + 20,
            top,
            mix(tint.sky[0], tint.near, 0.3),
            (y - tall, y + tall * 1.8),
        )
        drawn += line(smooth(crest), mix(tint.mist, "#ffffff", 0.5), 1.2 + 1.6 * t, 0.28)
        for x, wave in crest:
            if wave < y - tall * 0.45 and dice.random() < 0.9:
                drawn += _foam(stage, x, wave, tall)
    return drawn


def _crests(stage: Stage, y: float, tall: float, long: float) -> list[Point]:
    phase, wander = stage.dice.uniform(0, math.tau), stage.dice.uniform(0, math.tau)
    points: list[Point] = []
    x = -60.0
    while x < stage.width + 120:
        turn = x / long * math.pi + phase + 0.7 * math.sin(x / long * 0.7 + wander)
        points.append(
            (
                x,
                y
                - tall * (1 - abs(math.sin(turn)) ** 0.7 * 1.3) * (0.75 + 0.25 * math.sin(x / 310 + wander)),
            )
        )
        x += long / 9
    return points


def _foam(stage: Stage, x: float, y: float, tall: float) -> str:
    dice = stage.dice
    white = mix(stage.palette.mist, "#ffffff", 0.6)
    return "".join(
        circle(
            x + dice.gauss(0, tall * 0.3),
            y + abs(dice.gauss(0, tall * 0.16)) - tall * 0.03,
            dice.uniform(1, 3.4) * (0.5 + tall / 60),
            white,
            dice.uniform(0.3, 0.75),
        )
        for _ in range(7)
    )


def _rock(stage: Stage, x: float, level: float) -> str:
    """Draw a rocky headland with lit faces and surf at its foot."""
    dice, tint = stage.dice, stage.palette
    top = stage.height * 0.665
    side = -1 if x < stage.width / 2 else 1
    half = 190.0 * stage.span
    edge = stage.width if side > 0 else 0.0
    outline = [
        (x - side * half * 1.5, stage.height * 0.86),
        (x - side * half * 1.1, top + 95),
        (x - side * half * 0.72, top + 34),
        (x - side * 95, top),
        (x + side * 95, top - 3),
        (x + side * half, top + 36),
        (edge + side * 40, top + 72),
        (edge + side * 40, stage.height * 0.9),
    ]
    jagged = [
        (px + dice.uniform(-9, 9), py + dice.uniform(-7, 7))
        for a, b in pairwise(outline)
        for px, py in _between(a, b, 5)
    ]
    jagged = [(px, max(py, top)) for px, py in jagged]
    colour = mix(tint.near, tint.far, 0.16)
    defined, fill = linear(
        (0, top),
        (0, stage.height * 0.88),
        (0, mix(colour, tint.mist, 0.26), 1),
        (0.5, colour, 1),
        (1, tint.near, 1),
    )
    drawn = defined + polygon([*jagged, outline[-1]], fill)
    for px, py in jagged[4:-6:2]:
        fall = dice.uniform(50, 130)
        drawn += polygon(
            [
                (px, py + 3),
                (px + dice.uniform(14, 40), py + fall * 0.45),
                (px - dice.uniform(4, 20), py + fall),
            ],
            mix(tint.near, "#000000", 0.25),
            0.5,
        )
    surf = [
        (
            x - side * half * 1.7 + side * (stage.width + half) * i / 40,
            stage.height * 0.872 + dice.uniform(-7, 7),
        )
        for i in range(41)
    ]
    for px, py in surf:
        drawn += oval(
            px,
            py,
            dice.uniform(10, 60),
            dice.uniform(2, 6),
            mix(tint.mist, "#ffffff", 0.5),
            dice.uniform(0.12, 0.4),
        )
    return drawn


def _between(a: Point, b: Point, steps: int) -> list[Point]:
    return [(a[0] + (b[0] - a[0]) * i / steps, a[1] + (b[1] - a[1]) * i / steps) for i in range(steps)]
