"""Landscapes on firm ground."""

from __future__ import annotations

from bot.demo.painter.palettes import mix
from bot.demo.painter.stage import Land, Stage
from bot.demo.painter.svg import (
    Point,
    circle,
    glow,
    ground,
    height_at,
    line,
    linear,
    oval,
    polygon,
    rolling,
    shape,
    smooth,
)
from bot.demo.painter.terrain import meadow, peaks, pine, ridge, tufts


def mountains(stage: Stage) -> Land:
    """Draw peaks behind wooded hills."""
    high, wide = stage.height, stage.width
    back = "".join(
        peaks(stage, depth=depth, base=high * base, tall=high * tall)
        for depth, base, tall in ((0.12, 0.66, 0.34), (0.42, 0.74, 0.27))
    )
    back += ridge(stage, depth=0.6, base=high * 0.74, swing=50, trees=26)
    back += ridge(stage, depth=0.8, base=high * 0.81, swing=45, trees=44)
    field = rolling(stage.dice, wide, high * 0.88, 30, 1.6)
    back += meadow(stage, field, depth=0.93)
    x = wide * stage.dice.uniform(0.36, 0.64)
    front = _corner_pines(stage)
    return Land(back=back, front=front, spot=(x, height_at(field, x) + 8), scale=0.62 * stage.span)


def hills(stage: Stage) -> Land:
    """Draw rolling hills, the nearest one raised under the subject."""
    high, wide = stage.height, stage.width
    back = peaks(stage, depth=0.06, base=high * 0.66, tall=high * 0.16)
    for depth, base, trees in ((0.25, 0.64, 0), (0.42, 0.69, 18), (0.6, 0.745, 14)):
        back += ridge(stage, depth=depth, base=high * base, swing=46, trees=trees, leafy=True)
    x = wide * stage.dice.choice((0.35, 0.62, 0.66))
    crest = high * (0.74 if stage.scene.subject == "castle" else 0.8)
    knoll = _knoll(stage, x, crest)
    back += meadow(stage, knoll, depth=0.8)
    near = rolling(stage.dice, wide, high * 0.93, 34, 1.5)
    front = meadow(stage, near, depth=1.0) + tufts(stage, near)
    scale = (0.95 if stage.scene.subject == "castle" else 0.8) * stage.span
    return Land(back=back, front=front, spot=(x, height_at(knoll, x) + 10), scale=scale)


def forest(stage: Stage) -> Land:
    """Draw rows of conifers fading into the mist."""
    high, wide = stage.height, stage.width
    back = peaks(stage, depth=0.05, base=high * 0.62, tall=high * 0.2)
    for i, depth in enumerate((0.15, 0.32, 0.5, 0.68)):
        base = high * (0.6 + 0.075 * i)
        back += ridge(stage, depth=depth, base=base, swing=30, trees=58 - i * 8, size=1.35 + i * 0.4)
    clearing = rolling(stage.dice, wide, high * 0.87, 18, 1.3)
    back += meadow(stage, clearing, depth=0.9)
    x = wide * stage.dice.uniform(0.4, 0.6)
    return Land(
        back=back,
        front=_corner_pines(stage, size=1.7),
        spot=(x, height_at(clearing, x) + 8),
        scale=0.62 * stage.span,
        lights=_rays(stage),
    )


def desert(stage: Stage) -> Land:
    """Draw dunes with a lit and a shaded side."""
    high, wide = stage.height, stage.width
    back = _mesas(stage)
    for i, depth in enumerate((0.15, 0.38, 0.62, 0.82)):
        back += _dune(stage, depth, base=high * (0.66 + 0.075 * i), swing=24 + 16 * i)
    near = rolling(stage.dice, wide, high * 0.94, 40, 1.2)
    front = meadow(stage, near, depth=1.0)
    front += _cactus(stage, wide * stage.dice.choice((0.14, 0.83)), high * 0.93, 1.15 * stage.span)
    x = wide * stage.dice.uniform(0.4, 0.62)
    if stage.scene.subject == "none":
        back += _cactus(stage, x, high * 0.86, 0.55)
    return Land(back=back, front=front, spot=(x, high * 0.89), scale=0.6 * stage.span)


def space(stage: Stage) -> Land:
    """Draw a ringed planet over a cratered plain."""
    high, wide, tint = stage.height, stage.width, stage.palette
    x, y, r = wide * stage.dice.choice((0.24, 0.76)), high * 0.3, 170 * stage.span
    shadow, fill = linear(
        (x - r, y - r), (x + r, y + r), (0, tint.light, 1), (0.45, tint.cloud, 1), (0.9, tint.sky[0], 1)
    )
    tilt = f"rotate(-18 {x:.0f} {y:.0f})"
    ring = f'<g transform="{tilt}" fill="none" stroke="{tint.light}">'
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
    back += peaks(stage, depth=0.3, base=high * 0.84, tall=high * 0.1)
    plain = rolling(stage.dice, wide, high * 0.85, 20, 1.4)
    back += meadow(stage, plain, depth=0.75) + _craters(stage)
    spot = (wide * (0.6 if x < wide / 2 else 0.4), high * 0.9)
    return Land(
        back=back, front="", spot=spot, scale=1.05 * stage.span, lights=glow(x, y, r * 2, tint.cloud, 0.35)
    )


def _knoll(stage: Stage, x: float, crest: float) -> list[Point]:
    foot = stage.height * 0.95
    line_ = rolling(stage.dice, stage.width, 0, 14, 3)
    reach = max(330.0, stage.width * 0.24)
    return [(px, foot - (foot - crest) / (1 + (abs(px - x) / reach) ** 2.6) + py * 0.6) for px, py in line_]


def _corner_pines(stage: Stage, size: float = 1.0) -> str:
    """Frame the picture with tall trees at its sides."""
    dice, tint = stage.dice, stage.palette
    dark = mix(tint.near, "#000000", 0.25)
    if stage.snowy:
        dark = mix(dark, tint.far, 0.12)
    spots = [*(dice.uniform(-0.02, 0.17) for _ in range(5)), *(dice.uniform(0.84, 1.02) for _ in range(5))]
    drawn = ""
    for share in spots:
        edge = abs(share - 0.5) * 2
        tall = (160 + 260 * max(0.0, edge - 0.6) / 0.4) * dice.uniform(0.75, 1.1) * stage.span * size
        drawn += pine(stage, share * stage.width, stage.height * 1.02, tall, dark)
    crest = rolling(dice, stage.width, stage.height * 0.985, 12, 3)
    return drawn + ground(smooth(crest), stage.width, stage.height + 20, dark, dark, (0, stage.height))


def _rays(stage: Stage) -> str:
    """Let light fall through the trees."""
    x, y = stage.light
    strength = 0.16 * (1 - stage.palette.dark * 0.6)
    drawn = ""
    for i in range(6):
        foot = x + (i - 2.5) * stage.width * 0.22 + stage.dice.uniform(-40, 40)
        defined, fill = linear(
            (x, y), (foot, stage.height), (0, stage.palette.light, strength), (1, stage.palette.light, 0)
        )
        half = stage.dice.uniform(30, 75)
        drawn += defined + polygon(
            [(x - 8, y), (x + 8, y), (foot + half, stage.height), (foot - half, stage.height)], fill
        )
    return drawn


def _mesas(stage: Stage) -> str:
    dice, tint = stage.dice, stage.palette
    colour, base = mix(tint.far, tint.mist, 0.35), stage.height * 0.68
    drawn = ""
    for _ in range(3):
        x, half, tall = dice.uniform(0, stage.width), dice.uniform(60, 170), dice.uniform(60, 130)
        outline = [
            (x - half * 1.5, base),
            (x - half, base - tall),
            (x + half * 0.9, base - tall * 0.96),
            (x + half * 1.5, base),
        ]
        defined, fill = linear((0, base - tall), (0, base), (0, colour, 1), (1, tint.mist, 0.7))
        drawn += defined + polygon(outline, fill)
    return drawn


def _dune(stage: Stage, depth: float, *, base: float, swing: float) -> str:
    dice, tint = stage.dice, stage.palette
    colour = mix(tint.far, tint.near, depth)
    lit = mix(colour, tint.light, 0.25 * (1 - tint.dark * 0.5))
    crest = rolling(dice, stage.width, base, swing, 2.2)
    drawn = ground(smooth(crest), stage.width, stage.height + 20, lit, colour, (base - swing, base + 150))
    tops = [b for a, b, c in zip(crest, crest[1:], crest[2:], strict=False) if b[1] < a[1] and b[1] <= c[1]]
    way = 1 if stage.light[0] < stage.width / 2 else -1
    for x, y in tops:
        reach = way * stage.width * 0.24
        far = x + reach * 1.15
        slope = (
            f"M{x:.0f} {y:.0f}C{x + reach * 0.1:.0f} {y + 40:.0f} {x - reach * 0.25:.0f}"
            f" {y + 80:.0f} {x + reach * 0.1:.0f} {y + 190:.0f}"
        )
        side = (
            f"{slope}L{far:.0f} {y + 190:.0f}Q{x + reach * 0.55:.0f} {height_at(crest, x + reach * 0.5):.0f}"
            f" {x:.0f} {y:.0f}Z"
        )
        defined, fill = linear((0, y), (0, y + 190), (0, mix(colour, tint.near, 0.55), 0.75), (1, colour, 0))
        drawn += defined + shape(side, fill)
    return drawn


def _cactus(stage: Stage, x: float, y: float, scale: float) -> str:
    dark = mix(stage.palette.near, "#000000", 0.3)
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
    return arms + oval(x, y + 4 * scale, 70 * scale, 12 * scale, dark)


def _craters(stage: Stage) -> str:
    dice, tint = stage.dice, stage.palette
    drawn = ""
    for _ in range(12):
        y = stage.height * dice.uniform(0.89, 0.99)
        x, r = dice.uniform(0, stage.width), (y / stage.height - 0.84) * 420 * dice.uniform(0.4, 1)
        drawn += oval(x, y, r, r * 0.24, mix(tint.near, "#000000", 0.35), 0.7)
        drawn += oval(x, y + r * 0.07, r * 0.94, r * 0.19, mix(tint.near, tint.far, 0.35), 0.6)
    return drawn
