"""Landscapes without water."""

from __future__ import annotations

from bot.demo.painter.canvas import Canvas, Landscape
from bot.demo.painter.palettes import mix
from bot.demo.painter.svg import (
    Point,
    circle,
    ellipse,
    glow,
    ground,
    height_at,
    line,
    linear_gradient,
    polygon,
    rolling_curve,
    shape,
    smooth,
)
from bot.demo.painter.terrain import meadow, peaks, pine, ridge, tufts


def mountains(canvas: Canvas) -> Landscape:
    """Draw peaks behind wooded hills."""
    high, wide = canvas.height, canvas.width
    back = "".join(
        peaks(canvas, depth=depth, base=high * base, tall=high * tall)
        for depth, base, tall in ((0.12, 0.66, 0.34), (0.42, 0.74, 0.27))
    )
    back += ridge(canvas, depth=0.6, base=high * 0.74, swing=50, trees=26)
    back += ridge(canvas, depth=0.8, base=high * 0.81, swing=45, trees=44)
    field = rolling_curve(canvas.rng, wide, high * 0.88, 30, 1.6)
    back += meadow(canvas, field, depth=0.93)
    x = wide * canvas.rng.uniform(0.36, 0.64)
    front = _corner_pines(canvas)
    return Landscape(
        back=back, front=front, anchor=(x, height_at(field, x) + 8), scale=0.62 * canvas.size_factor
    )


def hills(canvas: Canvas) -> Landscape:
    """Draw rolling hills, the nearest one raised under the subject."""
    high, wide = canvas.height, canvas.width
    back = peaks(canvas, depth=0.06, base=high * 0.66, tall=high * 0.16)
    for depth, base, trees in ((0.25, 0.64, 0), (0.42, 0.69, 18), (0.6, 0.745, 14)):
        back += ridge(canvas, depth=depth, base=high * base, swing=46, trees=trees, leafy=True)
    x = wide * canvas.rng.choice((0.35, 0.62, 0.66))
    crest = high * (0.74 if canvas.scene.subject == "castle" else 0.8)
    knoll = _knoll(canvas, x, crest)
    back += meadow(canvas, knoll, depth=0.8)
    near = rolling_curve(canvas.rng, wide, high * 0.93, 34, 1.5)
    front = meadow(canvas, near, depth=1.0) + tufts(canvas, near)
    scale = (0.95 if canvas.scene.subject == "castle" else 0.8) * canvas.size_factor
    return Landscape(back=back, front=front, anchor=(x, height_at(knoll, x) + 10), scale=scale)


def forest(canvas: Canvas) -> Landscape:
    """Draw rows of conifers fading into the mist."""
    high, wide = canvas.height, canvas.width
    back = peaks(canvas, depth=0.05, base=high * 0.62, tall=high * 0.2)
    for i, depth in enumerate((0.15, 0.32, 0.5, 0.68)):
        base = high * (0.6 + 0.075 * i)
        back += ridge(canvas, depth=depth, base=base, swing=30, trees=58 - i * 8, size=1.35 + i * 0.4)
    clearing = rolling_curve(canvas.rng, wide, high * 0.87, 18, 1.3)
    back += meadow(canvas, clearing, depth=0.9)
    x = wide * canvas.rng.uniform(0.4, 0.6)
    return Landscape(
        back=back,
        front=_corner_pines(canvas, size=1.7),
        anchor=(x, height_at(clearing, x) + 8),
        scale=0.62 * canvas.size_factor,
        lights=_rays(canvas),
    )


def desert(canvas: Canvas) -> Landscape:
    """Draw dunes with a lit and a shaded side."""
    high, wide = canvas.height, canvas.width
    back = _mesas(canvas)
    for i, depth in enumerate((0.15, 0.38, 0.62, 0.82)):
        back += _dune(canvas, depth, base=high * (0.66 + 0.075 * i), swing=24 + 16 * i)
    near = rolling_curve(canvas.rng, wide, high * 0.94, 40, 1.2)
    front = meadow(canvas, near, depth=1.0)
    front += _cactus(canvas, wide * canvas.rng.choice((0.14, 0.83)), high * 0.93, 1.15 * canvas.size_factor)
    x = wide * canvas.rng.uniform(0.4, 0.62)
    if canvas.scene.subject == "none":
        back += _cactus(canvas, x, high * 0.86, 0.55)
    return Landscape(back=back, front=front, anchor=(x, high * 0.89), scale=0.6 * canvas.size_factor)


def space(canvas: Canvas) -> Landscape:
    """Draw a ringed planet over a cratered plain."""
    high, wide, palette = canvas.height, canvas.width, canvas.palette
    x, y, r = wide * canvas.rng.choice((0.24, 0.76)), high * 0.3, 170 * canvas.size_factor
    shadow, fill = linear_gradient(
        (x - r, y - r),
        (x + r, y + r),
        (0, palette.light, 1),
        (0.45, palette.cloud, 1),
        (0.9, palette.sky[0], 1),
    )
    tilt = f"rotate(-18 {x:.0f} {y:.0f})"
    ring = f'<g transform="{tilt}" fill="none" stroke="{palette.light}">'
    rings = "".join(
        f'<path d="M{x - r * k:.0f} {y:.0f}a{r * k:.0f} {r * 0.3 * k:.0f}'
        f' 0 0 %d {2 * r * k:.0f} 0" stroke-width="{w}" stroke-opacity="{o}"/>'
        for k, w, o in ((1.5, 9, 0.55), (1.66, 15, 0.35), (1.82, 5, 0.5))
    )
    back = (
        ring
        + rings.replace("%d", "1")
        + "</g>"
        + shadow
        + circle(x, y, r, fill)
        + ring
        + rings.replace("%d", "0")
        + "</g>"
    )
    back += peaks(canvas, depth=0.3, base=high * 0.84, tall=high * 0.1)
    plain = rolling_curve(canvas.rng, wide, high * 0.85, 20, 1.4)
    back += meadow(canvas, plain, depth=0.75) + _craters(canvas)
    spot = (wide * (0.6 if x < wide / 2 else 0.4), high * 0.9)
    return Landscape(
        back=back,
        front="",
        anchor=spot,
        scale=1.05 * canvas.size_factor,
        lights=glow(x, y, r * 2, palette.cloud, 0.35),
    )


def _knoll(canvas: Canvas, x: float, crest: float) -> list[Point]:
    foot = canvas.height * 0.95
    line_ = rolling_curve(canvas.rng, canvas.width, 0, 14, 3)
    reach = max(330.0, canvas.width * 0.24)
    return [(px, foot - (foot - crest) / (1 + (abs(px - x) / reach) ** 2.6) + py * 0.6) for px, py in line_]


def _corner_pines(canvas: Canvas, size: float = 1.0) -> str:
    """Frame the picture with tall trees at its sides."""
    rng, palette = canvas.rng, canvas.palette
    dark = mix(palette.near, "#000000", 0.25)
    if canvas.snowy:
        dark = mix(dark, palette.far, 0.12)
    spots = [*(rng.uniform(-0.02, 0.17) for _ in range(5)), *(rng.uniform(0.84, 1.02) for _ in range(5))]
    drawn = ""
    for share in spots:
        edge = abs(share - 0.5) * 2
        tall = (160 + 260 * max(0.0, edge - 0.6) / 0.4) * rng.uniform(0.75, 1.1) * canvas.size_factor * size
        drawn += pine(canvas, share * canvas.width, canvas.height * 1.02, tall, dark)
    crest = rolling_curve(rng, canvas.width, canvas.height * 0.985, 12, 3)
    return drawn + ground(smooth(crest), canvas.width, canvas.height + 20, dark, dark, (0, canvas.height))


def _rays(canvas: Canvas) -> str:
    """Let light fall through the trees."""
    x, y = canvas.light_position
    strength = 0.16 * (1 - canvas.palette.dark * 0.6)
    drawn = ""
    for i in range(6):
        foot = x + (i - 2.5) * canvas.width * 0.22 + canvas.rng.uniform(-40, 40)
        defined, fill = linear_gradient(
            (x, y), (foot, canvas.height), (0, canvas.palette.light, strength), (1, canvas.palette.light, 0)
        )
        half = canvas.rng.uniform(30, 75)
        drawn += defined + polygon(
            [(x - 8, y), (x + 8, y), (foot + half, canvas.height), (foot - half, canvas.height)], fill
        )
    return drawn


def _mesas(canvas: Canvas) -> str:
    rng, palette = canvas.rng, canvas.palette
    colour, base = mix(palette.far, palette.mist, 0.35), canvas.height * 0.68
    drawn = ""
    for _ in range(3):
        x, half, tall = rng.uniform(0, canvas.width), rng.uniform(60, 170), rng.uniform(60, 130)
        outline = [
            (x - half * 1.5, base),
            (x - half, base - tall),
            (x + half * 0.9, base - tall * 0.96),
            (x + half * 1.5, base),
        ]
        defined, fill = linear_gradient((0, base - tall), (0, base), (0, colour, 1), (1, palette.mist, 0.7))
        drawn += defined + polygon(outline, fill)
    return drawn


def _dune(canvas: Canvas, depth: float, *, base: float, swing: float) -> str:
    rng, palette = canvas.rng, canvas.palette
    colour = mix(palette.far, palette.near, depth)
    lit = mix(colour, palette.light, 0.25 * (1 - palette.dark * 0.5))
    crest = rolling_curve(rng, canvas.width, base, swing, 2.2)
    drawn = ground(smooth(crest), canvas.width, canvas.height + 20, lit, colour, (base - swing, base + 150))
    tops = [b for a, b, c in zip(crest, crest[1:], crest[2:], strict=False) if b[1] < a[1] and b[1] <= c[1]]
    way = 1 if canvas.light_position[0] < canvas.width / 2 else -1
    for x, y in tops:
        reach = way * canvas.width * 0.24
        far = x + reach * 1.15
        slope = (
            f"M{x:.0f} {y:.0f}C{x + reach * 0.1:.0f} {y + 40:.0f} {x - reach * 0.25:.0f}"
            f" {y + 80:.0f} {x + reach * 0.1:.0f} {y + 190:.0f}"
        )
        side = (
            f"{slope}L{far:.0f} {y + 190:.0f}Q{x + reach * 0.55:.0f} {height_at(crest, x + reach * 0.5):.0f}"
            f" {x:.0f} {y:.0f}Z"
        )
        defined, fill = linear_gradient(
            (0, y), (0, y + 190), (0, mix(colour, palette.near, 0.55), 0.75), (1, colour, 0)
        )
        drawn += defined + shape(side, fill)
    return drawn


def _cactus(canvas: Canvas, x: float, y: float, scale: float) -> str:
    dark = mix(canvas.palette.near, "#000000", 0.3)
    arms = line(f"M{x} {y}v{-230 * scale}", dark, 34 * scale)
    arms += line(
        f"M{x} {y - 90 * scale}h{-52 * scale}q{-14 * scale} 0 {-14 * scale} {-16 * scale}v{-52 * scale}",
        dark,
        24 * scale,
    )
    arms += line(
        f"M{x} {y - 120 * scale}h{48 * scale}q{14 * scale} 0 {14 * scale} {-16 * scale}v{-60 * scale}",
        dark,
        24 * scale,
    )
    return arms + ellipse(x, y + 4 * scale, 70 * scale, 12 * scale, dark)


def _craters(canvas: Canvas) -> str:
    rng, palette = canvas.rng, canvas.palette
    drawn = ""
    for _ in range(12):
        y = canvas.height * rng.uniform(0.89, 0.99)
        x, r = rng.uniform(0, canvas.width), (y / canvas.height - 0.84) * 420 * rng.uniform(0.4, 1)
        drawn += ellipse(x, y, r, r * 0.24, mix(palette.near, "#000000", 0.35), 0.7)
        drawn += ellipse(x, y + r * 0.07, r * 0.94, r * 0.19, mix(palette.near, palette.far, 0.35), 0.6)
    return drawn
