"""Lighthouse, castle and cabin."""

from __future__ import annotations

from bot.demo.painter.canvas import Canvas, Figure
from bot.demo.painter.palettes import mix
from bot.demo.painter.svg import circle, ellipse, glow, group, line, linear_gradient, polygon, rect, shape


def lighthouse(canvas: Canvas) -> Figure:
    """Draw a banded tower, its lamp and the beam."""
    palette = canvas.palette
    white, red = (
        mix("#f4efe6", palette.near, palette.dark * 0.5),
        mix("#b8392f", palette.near, palette.dark * 0.4),
    )
    bands = ""
    for i in range(6):
        y0, y1 = -20 - i * 50, -70 - i * 50
        a, b = 48 - i * 4.2, 48 - (i + 1) * 4.2
        colour = red if i % 2 else white
        defined, fill = linear_gradient((-a, 0), (a, 0), *cylinder_shading(colour, canvas))
        bands += defined + polygon([(-a, y0), (a, y0), (b, y1), (-b, y1)], fill)
    base = mix(white, palette.near, 0.45)
    tower = rect(-58, -24, 116, 30, base) + bands
    tower += "".join(_pane(x, y, 9, 17, palette.lamp) for x, y in ((-2, -92), (4, -192), (-2, -270)))
    iron = mix(palette.near, "#000000", 0.3)
    tower += rect(-36, -330, 72, 10, iron) + line(
        "M-34 -332v-16M-20 -332v-16M0 -332v-16M20 -332v-16M34 -332v-16M-36 -348h72", iron, 3
    )
    tower += rect(-17, -372, 34, 42, mix(palette.lamp, "#ffffff", 0.55)) + line(
        "M-17 -330v-42M0 -330v-42M17 -330v-42", iron, 3
    )
    tower += shape("M-25 -372Q-20 -398 0 -404Q20 -398 25 -372Z", red) + line("M0 -404v-20", iron, 4)
    house = _cottage(canvas, mix(white, palette.near, 0.25), red)
    return Figure(body=group(house, "translate(112 4) scale(.5)") + tower, lights=_beam(canvas))


def castle(canvas: Canvas) -> Figure:
    """Draw a keep with spired towers and lit windows."""
    palette = canvas.palette
    stone = mix(mix(palette.far, palette.near, 0.62), palette.light, 0.1)
    roof = mix(mix(palette.near, palette.bloom, 0.3), "#000000", 0.1)
    drawn = "".join(
        _turret(canvas, spot, mix(stone, palette.far, 0.35), roof)
        for spot in ((-105, 62, 250), (92, 56, 292), (-28, 50, 345))
    )
    drawn += _wall(canvas, (-190, 380, 112), stone) + _wall(
        canvas, (-92, 190, 186), mix(stone, palette.near, 0.12)
    )
    drawn += "".join(
        _turret(canvas, spot, stone, roof) for spot in ((-186, 66, 190), (178, 66, 172), (40, 58, 262))
    )
    drawn += shape("M-26 6V-46Q0 -84 26 -46V6Z", mix(palette.near, "#000000", 0.45))
    drawn += shape("M-18 6V-42Q0 -70 18 -42V6Z", palette.lamp, 0.75)
    panes = [
        (-70, -128),
        (-30, -138),
        (12, -128),
        (-150, -70),
        (120, -66),
        (-186, -140),
        (178, -126),
        (40, -210),
        (40, -160),
        (-28, -300),
        (92, -244),
        (-105, -204),
    ]
    drawn += "".join(_pane(x, y, 8, 16, palette.lamp) for x, y in panes)
    flags = "".join(
        line(f"M{x} {y}v-34", roof, 3)
        + shape(f"M{x} {y - 34}q16 6 34 2q-10 8 -2 16q-18 2 -32 -4z", palette.bloom)
        for x, y in ((-28, -432), (40, -340))
    )
    lights = glow(0, -30, 120, palette.lamp, 0.4 * palette.dark + 0.1) + "".join(
        glow(x, y - 4, 34, palette.lamp, 0.5 * palette.dark) for x, y in panes
    )
    return Figure(body=flags + drawn, lights=lights)


def cabin(canvas: Canvas) -> Figure:
    """Draw a log cabin with lit windows and smoke."""
    palette = canvas.palette
    wood = mix("#6b4028", palette.near, 0.25 + palette.dark * 0.45)
    roof = (
        mix("#f4f8fc", palette.far, 0.15 + palette.dark * 0.4)
        if canvas.snowy
        else mix(palette.near, "#5a2f26", 0.4)
    )
    smoke = "".join(
        ellipse(
            62 + i * i * 0.9,
            -262 - i * 21,
            10 + i * 4.2,
            8 + i * 3,
            mix(palette.mist, "#ffffff", 0.3),
            0.36 - i * 0.028,
        )
        for i in range(12)
    )
    warm = (
        glow(0, -60, 300, palette.lamp, 0.22 + 0.25 * palette.dark)
        + glow(-60, -58, 90, palette.lamp, 0.5)
        + glow(72, -58, 90, palette.lamp, 0.5)
    )
    snow = _snowdrift(mix("#f2f6fb", palette.far, 0.2 + palette.dark * 0.4)) if canvas.snowy else ""
    return Figure(body=smoke + _cottage(canvas, wood, roof) + snow, lights=warm)


def cylinder_shading(colour: str, canvas: Canvas) -> tuple[tuple[float, str, float], ...]:
    """Return gradient stops that shade a colour like a round wall, lit from the light's side."""
    palette = canvas.palette
    lit, dim = mix(colour, palette.light, 0.4), mix(mix(colour, palette.near, 0.5), "#000000", 0.1)
    stops = ((0.0, colour, 1.0), (0.25, lit, 1.0), (0.55, colour, 1.0), (1.0, dim, 1.0))
    return (
        stops
        if canvas.light_position[0] < canvas.width / 2
        else tuple((1 - at, c, a) for at, c, a in reversed(stops))
    )


def _beam(canvas: Canvas) -> str:
    palette = canvas.palette
    strength = 0.16 + 0.6 * palette.dark
    shine = glow(0, -351, 210, palette.lamp, 0.35 + 0.6 * palette.dark) + glow(0, -351, 46, "#ffffff", 0.9)
    for reach, rise in ((-1500, -130), (1500, 210)):
        far = (reach, -351 - rise)
        defined, fill = linear_gradient(
            (0, -351), far, (0, "#fff3cf", strength), (0.25, "#ffe9b0", strength * 0.45), (1, palette.lamp, 0)
        )
        shine += defined + polygon(
            [(0, -357), (far[0], far[1] - 190), (far[0], far[1] + 190), (0, -345)], fill
        )
    return shine


def _turret(canvas: Canvas, spot: tuple[float, float, float], stone: str, roof: str) -> str:
    x, wide, tall = spot
    half, palette = wide / 2, canvas.palette
    defined, fill = linear_gradient((x - half, 0), (x + half, 0), *cylinder_shading(stone, canvas))
    drawn = (
        defined
        + rect(x - half, -tall, wide, tall + 10, fill)
        + _crenellations(x - half - 5, -tall, wide + 10, fill)
    )
    cone = linear_gradient((x - half, 0), (x + half, 0), *cylinder_shading(roof, canvas))
    peak = wide * 1.35
    drawn += cone[0] + shape(
        f"M{x - half - 8} {-tall - 8}Q{x - half * 0.3} {-tall - peak * 0.4}"
        f" {x} {-tall - peak - 8}Q{x + half * 0.3} {-tall - peak * 0.4}"
        f" {x + half + 8} {-tall - 8}Z",
        cone[1],
    )
    return drawn + ellipse(x, -tall - 8, half + 8, 5, mix(roof, palette.near, 0.4))


def _wall(canvas: Canvas, place: tuple[float, float, float], stone: str) -> str:
    x, wide, tall = place
    defined, fill = linear_gradient(
        (0, -tall),
        (0, 10),
        (0, mix(stone, canvas.palette.light, 0.1), 1),
        (1, mix(stone, canvas.palette.near, 0.4), 1),
    )
    marks = "".join(
        rect(
            x + (i * 61) % (wide - 24) + 4,
            -tall + 18 + (i * 37) % (tall - 26),
            15,
            5,
            canvas.palette.near,
            0.18,
        )
        for i in range(14)
    )
    return defined + rect(x, -tall, wide, tall + 10, fill) + _crenellations(x, -tall, wide, fill) + marks


def _crenellations(x: float, y: float, wide: float, fill: str) -> str:
    count = max(3, round(wide / 18))
    step = wide / (2 * count - 1)
    return "".join(rect(x + 2 * i * step, y - 13, step, 14, fill) for i in range(count))


def _snowdrift(white: str) -> str:
    """Heap snow against the walls, melting into the ground."""
    defined, fill = linear_gradient((0, -16), (0, 30), (0, white, 1), (0.4, white, 0.7), (1, white, 0))
    return defined + shape(
        "M-240 30C-190 4 -150 -14 -118 -10C-80 2 -40 8 0 2C50 -4 80 4 118 -12C150 -14 190 4 240 30Z", fill
    )


def _cottage(canvas: Canvas, wall: str, roof: str) -> str:
    palette = canvas.palette
    dark = mix(wall, "#000000", 0.35)
    drawn = rect(46, -262, 34, 90, dark) + rect(42, -268, 42, 12, roof)
    defined, fill = linear_gradient(
        (0, -120),
        (0, 4),
        (0, mix(wall, "#000000", 0.3), 1),
        (0.35, wall, 1),
        (1, mix(wall, palette.near, 0.4), 1),
    )
    drawn += defined + polygon([(-130, 4), (-130, -112), (0, -226), (130, -112), (130, 4)], fill)
    drawn += "".join(line(f"M-130 {y}H130", dark, 2, 0.5) for y in range(-104, 4, 17))
    drawn += polygon([(0, -252), (-168, -104), (-156, -84), (0, -218), (156, -84), (168, -104)], roof)
    drawn += polygon(
        [(0, -218), (-156, -84), (-130, -92), (0, -204), (130, -92), (156, -84)], "#000000", 0.25
    )
    drawn += rect(-22, -78, 44, 82, dark) + circle(13, -36, 3, palette.lamp)
    for x in (-88, 46):
        drawn += rect(x - 4, -84, 54, 50, dark) + rect(x, -80, 46, 42, mix(palette.lamp, "#ffffff", 0.15))
        drawn += line(f"M{x + 23} -80v42M{x} -59h46", dark, 4)
    return drawn + circle(0, -150, 17, dark) + circle(0, -150, 13, palette.lamp)


def _pane(x: float, y: float, wide: float, tall: float, lamp: str) -> str:
    return (
        f'<path d="M{x - wide / 2:.1f} {y:.1f}v-{tall * 0.6:.1f}a{wide / 2:.1f}'
        f' {wide / 2:.1f} 0 0 1 {wide:.1f} 0v{tall * 0.6:.1f}z" fill="{mix(lamp, "#ffffff", 0.2)}"/>'
    )
