"""Rain, snow, wind and fog in front of a scene."""

from __future__ import annotations

from bot.demo.painter.canvas import Canvas
from bot.demo.painter.svg import circle, ellipse, line


def precipitation(canvas: Canvas) -> str:
    """Draw rain, snow or wind-blown leaves."""
    match canvas.scene.weather:
        case "storm":
            return _rain(canvas, heavy=True)
        case "rain":
            return _rain(canvas, heavy=False)
        case "snow":
            return _snow(canvas)
        case "wind":
            return _leaves(canvas)
        case _:
            return ""


def fog_density(canvas: Canvas) -> float:
    """Return the fog's density, 0 to 1."""
    thick = {"fog": 0.62, "rain": 0.26, "storm": 0.22, "snow": 0.24}.get(canvas.scene.weather, 0.0)
    return thick * (0.35 if canvas.scene.setting == "window" else 1.0)


def _rain(canvas: Canvas, *, heavy: bool) -> str:
    rng, palette = canvas.rng, canvas.palette
    slant = (-0.32 if heavy else -0.14) * rng.choice((1, -1))
    share = canvas.width * canvas.height / 1e6
    drawn = ""
    for width, opacity, long, count in ((1.1, 0.3, 46, 240), (1.8, 0.34, 80, 110), (2.8, 0.2, 130, 28)):
        d = ""
        for _ in range(round(count * share * (1.3 if heavy else 1))):
            fall = long * rng.uniform(0.6, 1.3)
            x, y = rng.uniform(-100, canvas.width + 100), rng.uniform(-80, canvas.height)
            d += f"M{x:.0f} {y:.0f}l{fall * slant:.1f} {fall:.1f}"
        drawn += line(d, "#ffffff" if palette.dark < 0.5 else "#dfe9f5", width, opacity)
    return drawn


def _snow(canvas: Canvas) -> str:
    rng = canvas.rng
    drawn = ""
    for _ in range(round(330 * canvas.width * canvas.height / 1e6)):
        near = rng.random() ** 3
        place = rng.uniform(0, canvas.width), rng.uniform(0, canvas.height)
        drawn += circle(*place, 1.2 + 6.5 * near, "#ffffff", 0.75 - 0.5 * near)
    return drawn


def _leaves(canvas: Canvas) -> str:
    rng, palette = canvas.rng, canvas.palette
    drawn = ""
    for _ in range(34):
        x, y = rng.uniform(0, canvas.width), rng.uniform(canvas.height * 0.25, canvas.height)
        leaf = ellipse(
            0,
            0,
            rng.uniform(5, 11),
            rng.uniform(2, 4),
            rng.choice((palette.bloom, palette.leaf, palette.lamp)),
            0.85,
        )
        drawn += f'<g transform="translate({x:.0f} {y:.0f}) rotate({rng.uniform(-50, 30):.0f})">{leaf}</g>'
    for _ in range(5):
        x, y = rng.uniform(0, canvas.width * 0.7), rng.uniform(0.1, 0.6) * canvas.height
        drawn += line(f"M{x:.0f} {y:.0f}q120 -30 240 0t220 -14", "#ffffff", 2, 0.16)
    return drawn
