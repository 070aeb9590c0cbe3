"""The sky, as a small picture to be scaled up, and what shines in it."""

from __future__ import annotations

import base64
import math
from itertools import pairwise

import pyvips

from bot.demo.painter.palettes import mix, rgb
from bot.demo.painter.stage import Stage
from bot.demo.painter.svg import circle, glow, line, linear

CLOUDS: dict[str, tuple[float, float]] = {
    "clear": (0.08, 0.8),
    "wind": (-0.05, 0.85),
    "rain": (-0.3, 0.8),
    "storm": (-0.35, 1.0),
    "snow": (-0.15, 0.6),
    "fog": (0.1, 0.5),
}
"""Where clouds begin in the noise, and how solid they are."""


def backdrop(stage: Stage, width: int, height: int) -> pyvips.Image:
    """Paint gradient and clouds at this small size; float RGB, 0 to 255."""
    sky = gradient(stage, width, height)
    threshold, solid = CLOUDS[stage.scene.weather]
    noise = billows(stage, width, height)
    start = threshold + 0.12 * stage.dice.random()
    below = noise.embed(0, -max(2, height // 40), width, height, extend="copy")
    cover = _ramp((noise - start) * 2.6) * solid
    fade = _heights(width, height, (0.0, 1.0), (0.45, 0.85), (0.62, 0.2), (0.75, 0.0))
    lit = _ramp((noise - below) * 3.2 + 0.55)
    cloud = tinted(lit, stage.palette.shade, stage.palette.cloud)
    alpha = cover * fade
    return sky * (1 - alpha) + cloud * alpha


def shining(stage: Stage) -> tuple[str, str]:
    """Draw stars, sun or moon; answers the crisp shapes and the light to add."""
    x, y = stage.light
    tint, weather = stage.palette, stage.scene.weather
    hidden = weather in ("storm", "rain") and stage.scene.mood != "neon"
    drawn = _stars(stage) if tint.dark > 0.8 and not hidden else ""
    if hidden or weather == "fog":
        return drawn, glow(x, y, 420, tint.light, 0.3)
    if stage.scene.setting == "space":
        return drawn, ""
    radius = (44 if tint.dark > 0.6 else 56) * stage.span
    drawn += (
        _moon(stage, radius)
        if tint.dark > 0.6
        else circle(x, y, radius, mix(tint.light, "#ffffff", 0.35), 0.96)
    )
    strength = 0.5 if tint.dark < 0.2 else 0.62
    return drawn, glow(x, y, radius * 4, tint.light, strength) + glow(x, y, 760, tint.light, strength * 0.55)


def lightning(stage: Stage) -> tuple[str, str]:
    """Draw a forked bolt; answers the bolt and its light."""
    dice = stage.dice
    x, y = stage.width * dice.choice((0.2, 0.45, 0.8)), -10.0
    end = stage.height * dice.uniform(0.5, 0.6)
    path, forks = f"M{x:.0f} {y:.0f}", ""
    lights = glow(x, end * 0.3, 620, "#cfdcff", 0.5)
    while y < end:
        x, y = x + dice.uniform(-34, 34), y + dice.uniform(18, 46)
        path += f"L{x:.0f} {y:.0f}"
        if dice.random() < 0.22:
            forks += _fork(stage, x, y)
    bolt = line(path, "#eef3ff", 4.2) + line(forks or "M0 0", "#dfe8ff", 2, 0.75)
    return bolt, lights + line(path, "#bcd0ff", 16, 0.5) + glow(x, y, 300, "#dbe6ff", 0.4)


def gradient(stage: Stage, width: int, height: int) -> pyvips.Image:
    """Paint the sky's colours from zenith to horizon, as float RGB."""
    tall = stage.height
    stops = stage.palette.sky
    last = len(stops) - 1
    pairs = [(i / last, colour, 1.0) for i, colour in enumerate(stops)]
    defined, fill = linear((0, 0), (0, tall * 0.68), *pairs)
    rect = f'<rect width="100%" height="100%" fill="{fill}"/>'
    return flat(render(stage, defined + rect, width, height)).cast("float")


def render(stage: Stage, content: str, width: int, height: int) -> pyvips.Image:
    """Render SVG in the stage's units at this size, as RGBA."""
    svg = (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}"'
        f' viewBox="0 0 {stage.width:.3f} {stage.height:.3f}" preserveAspectRatio="none">{content}</svg>'
    )
    return pyvips.Image.svgload_buffer(svg.encode(), unlimited=True)


def inlaid(stage: Stage, image: pyvips.Image) -> str:
    """Put a small picture into the SVG, scaled up smoothly over the whole stage.

    The renderer scales and blends it in one go, several times faster than steps of their own.
    """
    data = base64.b64encode(image.pngsave_buffer(compression=1)).decode()
    place = f'x="-1" y="-1" width="{stage.width + 2:.3f}" height="{stage.height + 2:.3f}"'
    return f'<image {place} preserveAspectRatio="none" href="data:image/png;base64,{data}"/>'


def flat(image: pyvips.Image) -> pyvips.Image:
    """Lay a picture with alpha on black."""
    return image.flatten(background=[0, 0, 0])


def billows(stage: Stage, width: int, height: int, stretch: float = 2.4) -> pyvips.Image:
    """Make cloudy noise, wider than tall, about -1 to 1."""
    wide = math.ceil(width / stretch)
    total: pyvips.Image | None = None
    for octave, share in enumerate((0.62, 0.36, 0.2, 0.11, 0.06)):
        cell = max(3, round(min(wide * 1.4, height) / 4 / 2**octave))
        noise = pyvips.Image.perlin(wide, height, cell_size=cell, seed=stage.dice.getrandbits(30)) * share
        total = noise if total is None else total + noise
    if total is None:
        raise AssertionError("there are octaves")
    return stretch_to(total, width, height)


def stretch_to(image: pyvips.Image, width: int, height: int) -> pyvips.Image:
    """Scale up to exactly this size, smoothly."""
    across, down = width / image.width, height / image.height
    return image.affine(
        [across, 0, 0, down],
        interpolate=pyvips.Interpolate.new("bilinear"),
        oarea=[0, 0, width, height],
        odx=across / 2 - 0.5,
        ody=down / 2 - 0.5,
        extend="copy",
    )


def tinted(share: pyvips.Image, low: str, high: str) -> pyvips.Image:
    """Colour a picture of shares, 0 to 1, between two colours."""
    a, b = rgb(low), rgb(high)
    return share.bandjoin([share, share]).linear([q - p for p, q in zip(a, b, strict=True)], list(a))


def _ramp(image: pyvips.Image) -> pyvips.Image:
    """Clamp to 0..1 with soft ends."""
    held = image.clamp()
    return held * held * (held * -2 + 3)


def _heights(width: int, height: int, *stops: tuple[float, float]) -> pyvips.Image:
    """Make a picture whose value depends on the height alone."""
    y = pyvips.Image.xyz(1, height).extract_band(1) / height
    value = y * 0 + stops[0][1]
    for (y0, v0), (y1, v1) in pairwise(stops):
        value = value + ((y - y0) / (y1 - y0)).clamp() * (v1 - v0)
    return value.embed(0, 0, width, height, extend="copy")


def _stars(stage: Stage) -> str:
    dice, tint = stage.dice, stage.palette
    drawn = ""
    for _ in range(round(260 * stage.width * stage.height / 1e6)):
        y = stage.height * 0.62 * dice.random() ** 1.25
        size = 0.7 + 2.1 * dice.random() ** 5
        colour = dice.choice(("#ffffff", tint.light, "#cfe0ff"))
        drawn += circle(
            dice.uniform(0, stage.width), y, size, colour, dice.uniform(0.35, 1) * (1 - y / stage.height)
        )
    return drawn


def _moon(stage: Stage, radius: float) -> str:
    x, y = stage.light
    tint = stage.palette
    drawn = circle(x, y, radius, tint.light)
    for dx, dy, r in ((-0.3, -0.25, 0.2), (0.25, 0.1, 0.28), (-0.15, 0.4, 0.16), (0.35, -0.42, 0.12)):
        drawn += circle(x + dx * radius, y + dy * radius, r * radius, tint.shade, 0.16)
    return drawn


def _fork(stage: Stage, x: float, y: float) -> str:
    dice = stage.dice
    way = dice.choice((-1, 1))
    path = f"M{x:.0f} {y:.0f}"
    for _ in range(dice.randint(3, 6)):
        x, y = x + way * dice.uniform(8, 40), y + dice.uniform(14, 34)
        path += f"L{x:.0f} {y:.0f}"
    return path
