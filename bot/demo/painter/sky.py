"""The sky at draft size, the sun, moon and stars, and helpers for rendering SVG."""

from __future__ import annotations

import base64
import math
from itertools import pairwise

import pyvips

from bot.demo.painter.canvas import Canvas
from bot.demo.painter.palettes import mix, rgb
from bot.demo.painter.svg import circle, glow, line, linear_gradient

CLOUDS: dict[str, tuple[float, float]] = {
    "clear": (0.08, 0.8),
    "wind": (-0.05, 0.85),
    "rain": (-0.3, 0.8),
    "storm": (-0.35, 1.0),
    "snow": (-0.15, 0.6),
    "fog": (0.1, 0.5),
}
"""The noise threshold of clouds, and their opacity, by weather."""


def paint_sky(canvas: Canvas, width: int, height: int) -> pyvips.Image:
    """Paint gradient and clouds at this size; float RGB, 0 to 255."""
    sky = gradient(canvas, width, height)
    threshold, solid = CLOUDS[canvas.scene.weather]
    noise = cloud_noise(canvas, width, height)
    start = threshold + 0.12 * canvas.rng.random()
    below = noise.embed(0, -max(2, height // 40), width, height, extend="copy")
    cover = _smoothstep((noise - start) * 2.6) * solid
    fade = _vertical_profile(width, height, (0.0, 1.0), (0.45, 0.85), (0.62, 0.2), (0.75, 0.0))
    lit = _smoothstep((noise - below) * 3.2 + 0.55)
    cloud = colourise(lit, canvas.palette.shade, canvas.palette.cloud)
    alpha = cover * fade
    return sky * (1 - alpha) + cloud * alpha


def sun_moon_and_stars(canvas: Canvas) -> tuple[str, str]:
    """Draw stars, sun or moon; return the shapes and the light to add."""
    x, y = canvas.light_position
    palette, weather = canvas.palette, canvas.scene.weather
    hidden = weather in ("storm", "rain") and canvas.scene.mood != "neon"
    drawn = _stars(canvas) if palette.dark > 0.8 and not hidden else ""
    if hidden or weather == "fog":
        return drawn, glow(x, y, 420, palette.light, 0.3)
    if canvas.scene.setting == "space":
        return drawn, ""
    radius = (44 if palette.dark > 0.6 else 56) * canvas.size_factor
    drawn += (
        _moon(canvas, radius)
        if palette.dark > 0.6
        else circle(x, y, radius, mix(palette.light, "#ffffff", 0.35), 0.96)
    )
    strength = 0.5 if palette.dark < 0.2 else 0.62
    return drawn, glow(x, y, radius * 4, palette.light, strength) + glow(
        x, y, 760, palette.light, strength * 0.55
    )


def lightning(canvas: Canvas) -> tuple[str, str]:
    """Draw a forked bolt; return the bolt and its light."""
    rng = canvas.rng
    x, y = canvas.width * rng.choice((0.2, 0.45, 0.8)), -10.0
    end = canvas.height * rng.uniform(0.5, 0.6)
    path, forks = f"M{x:.0f} {y:.0f}", ""
    lights = glow(x, end * 0.3, 620, "#cfdcff", 0.5)
    while y < end:
        x, y = x + rng.uniform(-34, 34), y + rng.uniform(18, 46)
        path += f"L{x:.0f} {y:.0f}"
        if rng.random() < 0.22:
            forks += _fork(canvas, x, y)
    bolt = line(path, "#eef3ff", 4.2) + line(forks or "M0 0", "#dfe8ff", 2, 0.75)
    return bolt, lights + line(path, "#bcd0ff", 16, 0.5) + glow(x, y, 300, "#dbe6ff", 0.4)


def gradient(canvas: Canvas, width: int, height: int) -> pyvips.Image:
    """Paint the sky's colours from zenith to horizon, as float RGB."""
    tall = canvas.height
    stops = canvas.palette.sky
    last = len(stops) - 1
    pairs = [(i / last, colour, 1.0) for i, colour in enumerate(stops)]
    defined, fill = linear_gradient((0, 0), (0, tall * 0.68), *pairs)
    rect = f'<rect width="100%" height="100%" fill="{fill}"/>'
    return flatten_alpha(render_svg(canvas, defined + rect, width, height)).cast("float")


def render_svg(canvas: Canvas, content: str, width: int, height: int) -> pyvips.Image:
    """Render SVG in canvas units at this size, as RGBA."""
    svg = (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}"'
        f' viewBox="0 0 {canvas.width:.3f} {canvas.height:.3f}" preserveAspectRatio="none">{content}</svg>'
    )
    return pyvips.Image.svgload_buffer(svg.encode(), unlimited=True)


def embed_image(canvas: Canvas, image: pyvips.Image) -> str:
    """Embed a small picture in SVG, scaled up smoothly over the whole canvas.

    The renderer scales and blends it in one pass, several times faster than separate steps.
    """
    data = base64.b64encode(image.pngsave_buffer(compression=1)).decode()
    place = f'x="-1" y="-1" width="{canvas.width + 2:.3f}" height="{canvas.height + 2:.3f}"'
    return f'<image {place} preserveAspectRatio="none" href="data:image/png;base64,{data}"/>'


def flatten_alpha(image: pyvips.Image) -> pyvips.Image:
    """Composite a picture with alpha on black."""
    return image.flatten(background=[0, 0, 0])


def cloud_noise(canvas: Canvas, width: int, height: int, stretch: float = 2.4) -> pyvips.Image:
    """Return cloud-like noise, wider than tall, about -1 to 1."""
    wide = math.ceil(width / stretch)
    total: pyvips.Image | None = None
    for octave, share in enumerate((0.62, 0.36, 0.2, 0.11, 0.06)):
        cell = max(3, round(min(wide * 1.4, height) / 4 / 2**octave))
        noise = pyvips.Image.perlin(wide, height, cell_size=cell, seed=canvas.rng.getrandbits(30)) * share
        total = noise if total is None else total + noise
    if total is None:
        raise AssertionError("there are octaves")
    return resize_smoothly(total, width, height)


def resize_smoothly(image: pyvips.Image, width: int, height: int) -> pyvips.Image:
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


def colourise(share: pyvips.Image, low: str, high: str) -> pyvips.Image:
    """Map values of 0 to 1 to colours between two."""
    a, b = rgb(low), rgb(high)
    return share.bandjoin([share, share]).linear([q - p for p, q in zip(a, b, strict=True)], list(a))


def _smoothstep(image: pyvips.Image) -> pyvips.Image:
    """Clamp to 0..1 and ease both ends."""
    held = image.clamp()
    return held * held * (held * -2 + 3)


def _vertical_profile(width: int, height: int, *stops: tuple[float, float]) -> pyvips.Image:
    """Return a picture whose value depends on y alone."""
    y = pyvips.Image.xyz(1, height).extract_band(1) / height
    value = y * 0 + stops[0][1]
    for (y0, v0), (y1, v1) in pairwise(stops):
        value = value + ((y - y0) / (y1 - y0)).clamp() * (v1 - v0)
    return value.embed(0, 0, width, height, extend="copy")


def _stars(canvas: Canvas) -> str:
    rng, palette = canvas.rng, canvas.palette
    drawn = ""
    for _ in range(round(260 * canvas.width * canvas.height / 1e6)):
        y = canvas.height * 0.62 * rng.random() ** 1.25
        size = 0.7 + 2.1 * rng.random() ** 5
        colour = rng.choice(("#ffffff", palette.light, "#cfe0ff"))
        drawn += circle(
            rng.uniform(0, canvas.width), y, size, colour, rng.uniform(0.35, 1) * (1 - y / canvas.height)
        )
    return drawn


def _moon(canvas: Canvas, radius: float) -> str:
    x, y = canvas.light_position
    palette = canvas.palette
    drawn = circle(x, y, radius, palette.light)
    for dx, dy, r in ((-0.3, -0.25, 0.2), (0.25, 0.1, 0.28), (-0.15, 0.4, 0.16), (0.35, -0.42, 0.12)):
        drawn += circle(x + dx * radius, y + dy * radius, r * radius, palette.shade, 0.16)
    return drawn


def _fork(canvas: Canvas, x: float, y: float) -> str:
    rng = canvas.rng
    way = rng.choice((-1, 1))
    path = f"M{x:.0f} {y:.0f}"
    for _ in range(rng.randint(3, 6)):
        x, y = x + way * rng.uniform(8, 40), y + rng.uniform(14, 34)
        path += f"L{x:.0f} {y:.0f}"
    return path
