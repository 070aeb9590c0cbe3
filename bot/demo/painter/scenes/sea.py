"""The open sea."""

from __future__ import annotations

import math
from itertools import pairwise

from bot.demo.painter.canvas import Canvas, Landscape
from bot.demo.painter.palettes import mix
from bot.demo.painter.svg import Point, circle, ellipse, ground, line, linear_gradient, polygon, shape, smooth
from bot.demo.painter.terrain import peaks


def sea(canvas: Canvas) -> Landscape:
    """Draw open water: distant islands, reflected light, swell in strong wind."""
    high, wide = canvas.height, canvas.width
    level = high * 0.63
    back = "" if canvas.scene.weather == "storm" else _isles(canvas, level)
    rough = canvas.scene.weather in ("storm", "wind")
    front = _swell(canvas, level) if rough else _glitter(canvas, level) + _ripples(canvas, level)
    if canvas.scene.subject == "boat":
        x, y = wide * canvas.rng.uniform(0.4, 0.6), high * 0.74
        return Landscape(back=back, front=front, anchor=(x, y), scale=0.74 * canvas.size_factor, water=level)
    if canvas.scene.subject == "bridge":
        # From edge to edge.
        span = min(wide / 860, high / 640)
        return Landscape(back=back, front=front, anchor=(wide / 2, level + 20), scale=span, water=level)
    x = wide * canvas.rng.choice((0.3, 0.69))
    rock = _rock(canvas, x) if canvas.scene.subject not in ("none", "bird") else ""
    return Landscape(
        back=back, front=front + rock, anchor=(x, high * 0.67), scale=1.0 * canvas.size_factor, water=level
    )


def _isles(canvas: Canvas, level: float) -> str:
    drawn = peaks(canvas, depth=0.1, base=level - 20, tall=canvas.height * canvas.rng.uniform(0.08, 0.17))
    rng, palette = canvas.rng, canvas.palette
    for share in (rng.uniform(0.0, 0.2), rng.uniform(0.75, 1.0)):
        x, half, tall = share * canvas.width, rng.uniform(150, 300), rng.uniform(30, 80)
        hump = [
            (x - half, level),
            (x - half * 0.5, level - tall * 0.7),
            (x, level - tall),
            (x + half * 0.45, level - tall * 0.5),
            (x + half, level),
        ]
        drawn += shape(smooth(hump) + "Z", mix(palette.far, palette.near, 0.4))
    return drawn


def _glitter(canvas: Canvas, level: float) -> str:
    """Draw the sun's or moon's reflection on the water."""
    rng, palette = canvas.rng, canvas.palette
    if canvas.scene.weather in ("rain", "fog", "snow"):
        return ""
    drawn = ""
    for _ in range(150):
        t = rng.random() ** 1.5
        y = level + 4 + t * (canvas.height - level)
        x = canvas.light_position[0] + rng.gauss(0, 1) * (22 + 110 * t)
        long = rng.uniform(8, 34) * (0.5 + 1.8 * t)
        drawn += ellipse(x, y, long, 1.2 + 2.6 * t, palette.light, rng.uniform(0.25, 0.85) * (1 - 0.55 * t))
    return drawn


def _ripples(canvas: Canvas, level: float) -> str:
    rng, palette = canvas.rng, canvas.palette
    drawn = ""
    for _ in range(70):
        t = rng.random()
        y = level + 6 + t * t * (canvas.height - level)
        long = rng.uniform(30, 120) * (0.4 + t)
        colour = rng.choice((palette.mist, palette.near, palette.sky[1]))
        drawn += ellipse(rng.uniform(0, canvas.width), y, long, 0.8 + 2.2 * t, colour, 0.16)
    return drawn


def _swell(canvas: Canvas, level: float) -> str:
    """Draw rows of steep waves with foam on them."""
    rng, palette = canvas.rng, canvas.palette
    drawn = ""
    for i in range(7):
        t = i / 6
        y = level + 10 + (canvas.height - level) * (0.05 + 0.82 * t)
        tall, long = 14 + 58 * t, 130 + 260 * t
        crest = _crests(canvas, y, tall, long)
        top = mix(mix(palette.sky[2], palette.mist, 0.25), palette.sky[0], 0.25 + 0.3 * t)
        drawn += ground(
            smooth(crest),
            canvas.width,
            canvas.height + 20,
            top,
            mix(palette.sky[0], palette.near, 0.3),
            (y - tall, y + tall * 1.8),
        )
        drawn += line(smooth(crest), mix(palette.mist, "#ffffff", 0.5), 1.2 + 1.6 * t, 0.28)
        for x, wave in crest:
            if wave < y - tall * 0.45 and rng.random() < 0.9:
                drawn += _foam(canvas, x, wave, tall)
    return drawn


def _crests(canvas: Canvas, y: float, tall: float, long: float) -> list[Point]:
    phase, wander = canvas.rng.uniform(0, math.tau), canvas.rng.uniform(0, math.tau)
    points: list[Point] = []
    x = -60.0
    while x < canvas.width + 120:
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


def _foam(canvas: Canvas, x: float, y: float, tall: float) -> str:
    rng = canvas.rng
    white = mix(canvas.palette.mist, "#ffffff", 0.6)
    return "".join(
        circle(
            x + rng.gauss(0, tall * 0.3),
            y + abs(rng.gauss(0, tall * 0.16)) - tall * 0.03,
            rng.uniform(1, 3.4) * (0.5 + tall / 60),
            white,
            rng.uniform(0.3, 0.75),
        )
        for _ in range(7)
    )


def _rock(canvas: Canvas, x: float) -> str:
    """Draw a rocky headland with lit faces and surf at its foot."""
    rng, palette = canvas.rng, canvas.palette
    top = canvas.height * 0.665
    side = -1 if x < canvas.width / 2 else 1
    half = 190.0 * canvas.size_factor
    edge = canvas.width if side > 0 else 0.0
    outline = [
        (x - side * half * 1.5, canvas.height * 0.86),
        (x - side * half * 1.1, top + 95),
        (x - side * half * 0.72, top + 34),
        (x - side * 95, top),
        (x + side * 95, top - 3),
        (x + side * half, top + 36),
        (edge + side * 40, top + 72),
        (edge + side * 40, canvas.height * 0.9),
    ]
    jagged = [
        (px + rng.uniform(-9, 9), py + rng.uniform(-7, 7))
        for a, b in pairwise(outline)
        for px, py in _between(a, b, 5)
    ]
    jagged = [(px, max(py, top)) for px, py in jagged]
    colour = mix(palette.near, palette.far, 0.16)
    defined, fill = linear_gradient(
        (0, top),
        (0, canvas.height * 0.88),
        (0, mix(colour, palette.mist, 0.26), 1),
        (0.5, colour, 1),
        (1, palette.near, 1),
    )
    drawn = defined + polygon([*jagged, outline[-1]], fill)
    for px, py in jagged[4:-6:2]:
        fall = rng.uniform(50, 130)
        drawn += polygon(
            [
                (px, py + 3),
                (px + rng.uniform(14, 40), py + fall * 0.45),
                (px - rng.uniform(4, 20), py + fall),
            ],
            mix(palette.near, "#000000", 0.25),
            0.5,
        )
    surf = [
        (
            x - side * half * 1.7 + side * (canvas.width + half) * i / 40,
            canvas.height * 0.872 + rng.uniform(-7, 7),
        )
        for i in range(41)
    ]
    for px, py in surf:
        drawn += ellipse(
            px,
            py,
            rng.uniform(10, 60),
            rng.uniform(2, 6),
            mix(palette.mist, "#ffffff", 0.5),
            rng.uniform(0.12, 0.4),
        )
    return drawn


def _between(a: Point, b: Point, steps: int) -> list[Point]:
    return [(a[0] + (b[0] - a[0]) * i / steps, a[1] + (b[1] - a[1]) * i / steps) for i in range(steps)]
