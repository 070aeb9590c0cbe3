"""Towers by the water, and the view from a window."""

from __future__ import annotations

from bot.demo.painter.palettes import mix
from bot.demo.painter.stage import Land, Stage
from bot.demo.painter.svg import box, glow, group, line, linear, polygon, shape
from bot.demo.painter.terrain import peaks


def city(stage: Stage) -> Land:
    """Draw rows of towers with lit windows over wet ground."""
    high, wide = stage.height, stage.width
    level = high * 0.76
    back = lights = ""
    for depth, tall, count in ((0.15, 0.5, 15), (0.5, 0.42, 12), (0.95, 0.3, 9)):
        drawn, shine = _towers(stage, depth, level, high * tall, max(4, round(count * wide / 1500)))
        back += drawn
        lights += shine
    back += box(-10, level - 7, wide + 20, 9, mix(stage.palette.near, "#000000", 0.3))
    front = _quay(stage)
    spot = (wide * stage.dice.uniform(0.42, 0.58), high * 0.955)
    return Land(back=back, front=front, spot=spot, scale=0.62 * stage.span, water=level, lights=lights)


def window(stage: Stage) -> Land:
    """Draw a view over roofs, framed by a dark room."""
    high, wide, tint = stage.height, stage.width, stage.palette
    sill = high * 0.8
    back, lights = "", ""
    for depth, tall, count in ((0.2, 0.26, 14), (0.7, 0.17, 10)):
        drawn, shine = _towers(stage, depth, sill, high * tall, max(4, round(count * wide / 1500)))
        back += drawn
        lights += shine
    back += peaks(stage, depth=0.95, base=sill + 40, tall=60)
    x = wide * stage.dice.choice((0.36, 0.64))
    lamp = wide - x
    back += _frame(stage, sill) + _pot(stage, lamp, sill + 4)
    lights += glow(wide * 0.5, high * 1.02, wide * 0.5, tint.lamp, 0.16)
    return Land(back=back, front="", spot=(x, sill + 6), scale=1.0 * stage.span, lights=lights)


def _towers(stage: Stage, depth: float, level: float, tall: float, count: int) -> tuple[str, str]:
    """Draw one row of buildings; answers the row and its glowing signs."""
    dice, tint = stage.dice, stage.palette
    drawn = lights = ""
    step = stage.width / count
    for i in range(-1, count + 1):
        wide = step * dice.uniform(0.62, 1.15)
        x, y = (
            step * i + dice.uniform(0, step * 0.4),
            level - tall * dice.uniform(0.4, 1.0) * (1 - 0.25 * abs(i / count - 0.5)),
        )
        drawn += _tower(stage, depth, (x, y, wide, level))
        if stage.scene.mood == "neon" and depth > 0.3:
            sign, shine = _sign(stage, x + wide * dice.uniform(0.1, 0.8), y + dice.uniform(30, 120))
            drawn, lights = drawn + sign, lights + shine
    haze = linear((0, level - tall), (0, level), (0, tint.mist, 0), (1, tint.mist, 0.42 * (1 - depth)))
    drawn += haze[0] + box(-10, level - tall, stage.width + 20, tall, haze[1])
    return drawn, lights + glow(stage.width / 2, level, stage.width * 0.45, tint.mist, 0.1 * tint.dark)


def _tower(stage: Stage, depth: float, place: tuple[float, float, float, float]) -> str:
    dice, tint = stage.dice, stage.palette
    x, y, wide, level = place
    colour = mix(tint.far, tint.near, depth)
    defined, fill = linear(
        (x, 0),
        (x + wide, 0),
        (0, mix(colour, tint.mist, 0.13), 1),
        (0.7, colour, 1),
        (1, mix(colour, tint.near, 0.3), 1),
    )
    drawn = defined + box(x, y, wide, level - y, fill)
    roof = dice.random()
    if roof < 0.25:
        drawn += box(x + wide * 0.2, y - 26, wide * 0.6, 27, fill)
    elif roof < 0.45:
        drawn += polygon([(x, y + 1), (x + wide * 0.5, y - wide * 0.5), (x + wide, y + 1)], fill)
    if roof < 0.4:
        drawn += line(f"M{x + wide / 2:.1f} {y:.1f}v-{dice.uniform(40, 100):.0f}", colour, 3)
    return drawn + _windows(stage, depth, place)


def _windows(stage: Stage, depth: float, place: tuple[float, float, float, float]) -> str:
    dice, tint = stage.dice, stage.palette
    x, y, wide, level = place
    pane, gap = 6.0 + 4 * depth, 13.0 + 8 * depth
    lit_share = 0.12 + 0.42 * tint.dark
    colours = (
        tint.lamp,
        mix(tint.lamp, "#ffffff", 0.35),
        mix(tint.lamp, tint.bloom, 0.5 if stage.scene.mood == "neon" else 0.1),
    )
    paths = dict.fromkeys(colours, "")
    for row in range(int((level - y - 20) / (gap * 1.25))):
        for column in range(int((wide - gap * 0.7) / gap)):
            if dice.random() < lit_share:
                at = f"M{x + gap * 0.6 + column * gap:.1f} {y + 14 + row * gap * 1.25:.1f}"
                paths[dice.choice(colours)] += f"{at}h{pane:.1f}v{pane * 1.2:.1f}h-{pane:.1f}z"
    return "".join(
        shape(d, colour, 0.35 + 0.55 * tint.dark * (0.45 + depth / 2)) for colour, d in paths.items() if d
    )


def _sign(stage: Stage, x: float, y: float) -> tuple[str, str]:
    """Draw an upright neon sign with made-up strokes."""
    dice, tint = stage.dice, stage.palette
    colour = dice.choice((tint.lamp, tint.bloom, "#ffe14f", "#b06bff", "#5cffb1"))
    wide, count = dice.uniform(22, 34), dice.randint(3, 5)
    tall = count * wide * 1.05 + 14
    sign = box(x, y, wide + 12, tall, mix(stage.palette.near, "#000000", 0.4), 0.9)
    sign += (
        f'<rect x="{x:.1f}" y="{y:.1f}" width="{wide + 12:.1f}" height="{tall:.1f}"'
        f' rx="4" fill="none" stroke="{colour}" stroke-width="3"/>'
    )
    for i in range(count):
        top, left, w = y + 10 + i * wide * 1.05, x + 8, wide - 4
        mark = (
            f"M{left:.1f} {top + 3:.1f}h{w:.1f}M{left + w * dice.uniform(0.3, 0.7):.1f}"
            f" {top:.1f}v{w * 0.85:.1f}M{left + 2:.1f} {top + w * 0.5:.1f}"
            f"h{w * dice.uniform(0.6, 0.95):.1f}"
        )
        sign += line(mark, mix(colour, "#ffffff", 0.45), 3)
    return sign, glow(x + wide / 2, y + tall / 2, tall * 1.5, colour, 0.42)


def _quay(stage: Stage) -> str:
    dark = mix(stage.palette.near, "#000000", 0.35)
    y = stage.height * 0.95
    posts = "".join(line(f"M{x:.0f} {y:.0f}v-34", dark, 5) for x in range(20, round(stage.width), 90))
    return (
        box(-10, y, stage.width + 20, stage.height, dark)
        + posts
        + line(f"M-10 {y - 30:.0f}H{stage.width + 10:.0f}", dark, 4)
    )


def _frame(stage: Stage, sill: float) -> str:
    """Draw the wall, the window's bars, curtains and the sill."""
    wide, high, tint = stage.width, stage.height, stage.palette
    wall = mix(tint.near, "#000000", 0.2)
    left, top = max(70.0, wide * 0.12), high * 0.07
    right = wide - left
    hole = (
        f"M-10 -10H{wide + 10:.0f}V{high + 10:.0f}H-10ZM{left:.0f} {top:.0f}"
        f"V{sill:.0f}H{right:.0f}V{top:.0f}Z"
    )
    drawn = f'<path d="{hole}" fill="{wall}" fill-rule="evenodd"/>'
    wood = mix(wall, tint.lamp, 0.16)
    bars = f"M{wide / 2:.0f} {top:.0f}V{sill:.0f}M{left:.0f} {top + (sill - top) * 0.3:.0f}H{right:.0f}"
    drawn += line(bars, wood, 15) + line(f"M{left:.0f} {sill:.0f}V{top:.0f}H{right:.0f}V{sill:.0f}", wood, 24)
    shelf = linear((0, sill), (0, sill + 44), (0, mix(wood, tint.mist, 0.38), 1), (1, wood, 1))
    drawn += shelf[0] + box(left - 50, sill, right - left + 100, 44, shelf[1])
    drawn += box(left - 34, sill + 44, right - left + 68, 14, mix(wall, "#000000", 0.35), 0.7)
    return drawn + _curtain(stage, left, top, sill, 1) + _curtain(stage, right, top, sill, -1)


def _curtain(stage: Stage, x: float, top: float, sill: float, way: int) -> str:
    """Hang one gathered curtain; ``way`` points into the window."""
    tint = stage.palette
    cloth = mix(mix(tint.bloom, tint.near, 0.62), "#000000", 0.1)
    reach, fall = min(190.0, stage.width * 0.13) * way, sill + 150
    drawn = ""
    for i in range(5):
        a, b = x - 56 * way + reach * i / 4.2, x - 56 * way + reach * (i + 1) / 4.2
        waist = x - 66 * way + (a - x) * 0.32
        d = (
            f"M{a:.0f} {top - 30:.0f}C{a:.0f} {top + 250:.0f} {waist + reach * 0.2:.0f}"
            f" {sill - 330:.0f} {waist:.0f} {sill - 190:.0f}L{waist - 8 * way:.0f}"
            f" {fall:.0f}L{waist + 46 * way:.0f} {fall:.0f}L{waist + reach * 0.2:.0f}"
            f" {sill - 190:.0f}C{b - reach * 0.1:.0f} {sill - 330:.0f} {b:.0f}"
            f" {top + 250:.0f} {b:.0f} {top - 30:.0f}Z"
        )
        defined, fill = linear(
            (a, 0), (b, 0), (0, mix(cloth, tint.light, 0.1), 1), (1, mix(cloth, "#000000", 0.45), 1)
        )
        drawn += defined + shape(d, fill)
    rod = x - 90 * way
    return drawn + line(
        f"M{rod:.0f} {top - 34:.0f}h{(abs(reach) + 190) * way:.0f}", mix(tint.near, tint.lamp, 0.3), 9
    )


def _pot(stage: Stage, x: float, y: float) -> str:
    """Put a plant on the sill."""
    tint, dice = stage.palette, stage.dice
    leaf = mix(mix(tint.leaf, "#2f6b4a", 0.5), tint.near, 0.45)
    drawn = ""
    for i in range(11):
        lean = (i - 5) * 15 + dice.uniform(-6, 6)
        tall = dice.uniform(90, 150) - abs(i - 5) * 9
        d = (
            f"M0 -52C{lean * 0.2:.0f} {-60 - tall * 0.4:.0f} {lean * 0.9:.0f}"
            f" {-60 - tall * 0.7:.0f} {lean * 1.5:.0f} {-52 - tall:.0f}C{lean * 1.2 + 18:.0f}"
            f" {-50 - tall * 0.55:.0f} {lean * 0.4 + 10:.0f} {-60 - tall * 0.3:.0f}"
            " 0 -52Z"
        )
        drawn += shape(d, mix(leaf, tint.mist, 0.22 * (i % 3)))
    pot = mix("#a4552f", tint.near, 0.4)
    drawn += polygon([(-40, -56), (40, -56), (30, 0), (-30, 0)], pot) + box(
        -46, -66, 92, 16, mix(pot, tint.light, 0.12)
    )
    return group(drawn, f"translate({x:.0f} {y:.0f}) scale({stage.span:.2f})")
