"""A city by the water."""

from __future__ import annotations

from bot.demo.painter.canvas import Canvas, Landscape
from bot.demo.painter.palettes import mix
from bot.demo.painter.svg import glow, line, linear_gradient, polygon, rect, shape


def city(canvas: Canvas) -> Landscape:
    """Draw rows of towers with lit windows over wet ground."""
    high, wide = canvas.height, canvas.width
    level = high * 0.76
    back = lights = ""
    for depth, tall, count in ((0.15, 0.5, 15), (0.5, 0.42, 12), (0.95, 0.3, 9)):
        drawn, shine = towers(canvas, depth, level, high * tall, max(4, round(count * wide / 1500)))
        back += drawn
        lights += shine
    back += rect(-10, level - 7, wide + 20, 9, mix(canvas.palette.near, "#000000", 0.3))
    front = _quay(canvas)
    spot = (wide * canvas.rng.uniform(0.42, 0.58), high * 0.955)
    return Landscape(
        back=back, front=front, anchor=spot, scale=0.62 * canvas.size_factor, water=level, lights=lights
    )


def towers(canvas: Canvas, depth: float, level: float, tall: float, count: int) -> tuple[str, str]:
    """Draw one row of buildings; return the row and its neon lights."""
    rng, palette = canvas.rng, canvas.palette
    drawn = lights = ""
    step = canvas.width / count
    for i in range(-1, count + 1):
        wide = step * rng.uniform(0.62, 1.15)
        x, y = (
            step * i + rng.uniform(0, step * 0.4),
            level - tall * rng.uniform(0.4, 1.0) * (1 - 0.25 * abs(i / count - 0.5)),
        )
        drawn += _tower(canvas, depth, (x, y, wide, level))
        if canvas.scene.mood == "neon" and depth > 0.3:
            sign, shine = _sign(canvas, x + wide * rng.uniform(0.1, 0.8), y + rng.uniform(30, 120))
            drawn, lights = drawn + sign, lights + shine
    haze = linear_gradient(
        (0, level - tall), (0, level), (0, palette.mist, 0), (1, palette.mist, 0.42 * (1 - depth))
    )
    drawn += haze[0] + rect(-10, level - tall, canvas.width + 20, tall, haze[1])
    return drawn, lights + glow(
        canvas.width / 2, level, canvas.width * 0.45, palette.mist, 0.1 * palette.dark
    )


def _tower(canvas: Canvas, depth: float, place: tuple[float, float, float, float]) -> str:
    rng, palette = canvas.rng, canvas.palette
    x, y, wide, level = place
    colour = mix(palette.far, palette.near, depth)
    defined, fill = linear_gradient(
        (x, 0),
        (x + wide, 0),
        (0, mix(colour, palette.mist, 0.13), 1),
        (0.7, colour, 1),
        (1, mix(colour, palette.near, 0.3), 1),
    )
    drawn = defined + rect(x, y, wide, level - y, fill)
    roof = rng.random()
    if roof < 0.25:
        drawn += rect(x + wide * 0.2, y - 26, wide * 0.6, 27, fill)
    elif roof < 0.45:
        drawn += polygon([(x, y + 1), (x + wide * 0.5, y - wide * 0.5), (x + wide, y + 1)], fill)
    if roof < 0.4:
        drawn += line(f"M{x + wide / 2:.1f} {y:.1f}v-{rng.uniform(40, 100):.0f}", colour, 3)
    return drawn + _windows(canvas, depth, place)


def _windows(canvas: Canvas, depth: float, place: tuple[float, float, float, float]) -> str:
    rng, palette = canvas.rng, canvas.palette
    x, y, wide, level = place
    pane, gap = 6.0 + 4 * depth, 13.0 + 8 * depth
    lit_share = 0.12 + 0.42 * palette.dark
    colours = (
        palette.lamp,
        mix(palette.lamp, "#ffffff", 0.35),
        mix(palette.lamp, palette.bloom, 0.5 if canvas.scene.mood == "neon" else 0.1),
    )
    paths = dict.fromkeys(colours, "")
    for row in range(int((level - y - 20) / (gap * 1.25))):
        for column in range(int((wide - gap * 0.7) / gap)):
            if rng.random() < lit_share:
                at = f"M{x + gap * 0.6 + column * gap:.1f} {y + 14 + row * gap * 1.25:.1f}"
                paths[rng.choice(colours)] += f"{at}h{pane:.1f}v{pane * 1.2:.1f}h-{pane:.1f}z"
    return "".join(
        shape(d, colour, 0.35 + 0.55 * palette.dark * (0.45 + depth / 2)) for colour, d in paths.items() if d
    )


def _sign(canvas: Canvas, x: float, y: float) -> tuple[str, str]:
    """Draw an upright neon sign with made-up strokes."""
    rng, palette = canvas.rng, canvas.palette
    colour = rng.choice((palette.lamp, palette.bloom, "#ffe14f", "#b06bff", "#5cffb1"))
    wide, count = rng.uniform(22, 34), rng.randint(3, 5)
    tall = count * wide * 1.05 + 14
    sign = rect(x, y, wide + 12, tall, mix(canvas.palette.near, "#000000", 0.4), 0.9)
    sign += (
        f'<rect x="{x:.1f}" y="{y:.1f}" width="{wide + 12:.1f}" height="{tall:.1f}"'
        f' rx="4" fill="none" stroke="{colour}" stroke-width="3"/>'
    )
    for i in range(count):
        top, left, w = y + 10 + i * wide * 1.05, x + 8, wide - 4
        watermark = (
            f"M{left:.1f} {top + 3:.1f}h{w:.1f}M{left + w * rng.uniform(0.3, 0.7):.1f}"
            f" {top:.1f}v{w * 0.85:.1f}M{left + 2:.1f} {top + w * 0.5:.1f}"
            f"h{w * rng.uniform(0.6, 0.95):.1f}"
        )
        sign += line(watermark, mix(colour, "#ffffff", 0.45), 3)
    return sign, glow(x + wide / 2, y + tall / 2, tall * 1.5, colour, 0.42)


def _quay(canvas: Canvas) -> str:
    dark = mix(canvas.palette.near, "#000000", 0.35)
    y = canvas.height * 0.95
    posts = "".join(line(f"M{x:.0f} {y:.0f}v-34", dark, 5) for x in range(20, round(canvas.width), 90))
    return (
        rect(-10, y, canvas.width + 20, canvas.height, dark)
        + posts
        + line(f"M-10 {y - 30:.0f}H{canvas.width + 10:.0f}", dark, 4)
    )
