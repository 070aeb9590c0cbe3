"""Cars that fly between the towers."""

from __future__ import annotations

from bot.demo.painter.canvas import Canvas
from bot.demo.painter.palettes import mix
from bot.demo.painter.svg import ellipse, glow, group, linear_gradient, rect, shape

_BODY = "M-70 6C-66 -8 -40 -12 -24 -26C-6 -36 26 -34 40 -14C58 -10 72 -4 74 8C60 18 -54 18 -70 6Z"
_GLASS = "M-18 -22C-4 -30 20 -28 30 -14L-26 -12Z"


def flying_cars(canvas: Canvas) -> tuple[str, str]:
    """Draw two lanes of flying cars; return the cars and their lights."""
    drawn = lights = ""
    for lane, (level, scale, way, count) in enumerate(((0.3, 1.0, 1, 3), (0.44, 0.62, -1, 4))):
        for i in range(count):
            x = canvas.width * (i + 0.25 + canvas.rng.uniform(0, 0.5)) / count
            y = canvas.height * (level + canvas.rng.uniform(-0.035, 0.035))
            size = scale * canvas.size_factor
            where = f"translate({x:.1f} {y:.1f}) scale({way * size:.3f} {size:.3f})"
            drawn += group(_car(canvas, lane + i), where)
            lights += glow(x + 72 * way * size, y, 90 * size, canvas.palette.lamp, 0.7)
    return drawn, lights


def _car(canvas: Canvas, number: int) -> str:
    palette = canvas.palette
    paint = ("#d8434a", "#2f8fb8", "#e6a93a", "#e8e4dc")[number % 4]
    body = mix(paint, palette.near, 0.15 + palette.dark * 0.35)
    trail = linear_gradient((-330, 0), (-66, 0), (0, palette.bloom, 0), (1, palette.bloom, 0.75))
    thruster = ellipse(-58, 14, 26, 7, palette.bloom, 0.8) + ellipse(48, 14, 22, 6, palette.bloom, 0.8)
    glass = shape(_GLASS, mix(palette.sky[-1], "#ffffff", 0.3), 0.9)
    return trail[0] + rect(-330, 0, 264, 7, trail[1]) + thruster + shape(_BODY, body) + glass
