"""The subjects people ask for, as SVG figures."""

from __future__ import annotations

from collections.abc import Callable

from bot.demo.animals import bird, seated
from bot.demo.palettes import mix
from bot.demo.reading import Subject
from bot.demo.stage import Figure, Stage
from bot.demo.strokes import (
    Point,
    box,
    circle,
    glow,
    group,
    line,
    linear,
    oval,
    polygon,
    shape,
)


def figure(stage: Stage) -> Figure:
    """Draw the scene's subject, its base at the origin."""
    return FIGURES[stage.scene.subject](stage)


def lighthouse(stage: Stage) -> Figure:
    """Draw a banded tower, its lamp and the beam."""
    tint = stage.palette
    white, red = mix("#f4efe6", tint.near, tint.dark * 0.5), mix("#b8392f", tint.near, tint.dark * 0.4)
    bands = ""
    for i in range(6):
        y0, y1 = -20 - i * 50, -70 - i * 50
        a, b = 48 - i * 4.2, 48 - (i + 1) * 4.2
        colour = red if i % 2 else white
        defined, fill = linear((-a, 0), (a, 0), *_round(colour, stage))
        bands += defined + polygon([(-a, y0), (a, y0), (b, y1), (-b, y1)], fill)
    base = mix(white, tint.near, 0.45)
    tower = box(-58, -24, 116, 30, base) + bands
    tower += "".join(_pane(x, y, 9, 17, tint.lamp) for x, y in ((-2, -92), (4, -192), (-2, -270)))
    iron = mix(tint.near, "#000000", 0.3)
    tower += box(-36, -330, 72, 10, iron) + line(
        "M-34 -332v-16M-20 -332v-16M0 -332v-16M20 -332v-16M34 -332v-16M-36 -348h72", iron, 3
    )
    tower += box(-17, -372, 34, 42, mix(tint.lamp, "#ffffff", 0.55)) + line(
        "M-17 -330v-42M0 -330v-42M17 -330v-42", iron, 3
    )
    tower += shape("M-25 -372Q-20 -398 0 -404Q20 -398 25 -372Z", red) + line("M0 -404v-20", iron, 4)
    house = _cottage(stage, mix(white, tint.near, 0.25), red)
    return Figure(body=group(house, "translate(112 4) scale(.5)") + tower, lights=_beam(stage))


def _beam(stage: Stage) -> str:
    tint = stage.palette
    strength = 0.16 + 0.6 * tint.dark
    shine = glow(0, -351, 210, tint.lamp, 0.35 + 0.6 * tint.dark) + glow(0, -351, 46, "#ffffff", 0.9)
    for reach, rise in ((-1500, -130), (1500, 210)):
        far = (reach, -351 - rise)
        defined, fill = linear(
            (0, -351), far, (0, "#fff3cf", strength), (0.25, "#ffe9b0", strength * 0.45), (1, tint.lamp, 0)
        )
        shine += defined + polygon(
            [(0, -357), (far[0], far[1] - 190), (far[0], far[1] + 190), (0, -345)], fill
        )
    return shine


def castle(stage: Stage) -> Figure:
    """Draw a keep with spired towers and lit windows."""
    tint = stage.palette
    stone = mix(mix(tint.far, tint.near, 0.62), tint.light, 0.1)
    roof = mix(mix(tint.near, tint.bloom, 0.3), "#000000", 0.1)
    drawn = "".join(
        _turret(stage, spot, mix(stone, tint.far, 0.35), roof)
        for spot in ((-105, 62, 250), (92, 56, 292), (-28, 50, 345))
    )
    drawn += _wall(stage, (-190, 380, 112), stone) + _wall(
        stage, (-92, 190, 186), mix(stone, tint.near, 0.12)
    )
    drawn += "".join(
        _turret(stage, spot, stone, roof) for spot in ((-186, 66, 190), (178, 66, 172), (40, 58, 262))
    )
    drawn += shape("M-26 6V-46Q0 -84 26 -46V6Z", mix(tint.near, "#000000", 0.45))
    drawn += shape("M-18 6V-42Q0 -70 18 -42V6Z", tint.lamp, 0.75)
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
    drawn += "".join(_pane(x, y, 8, 16, tint.lamp) for x, y in panes)
    flags = "".join(
        line(f"M{x} {y}v-34", roof, 3)
        + shape(f"M{x} {y - 34}q16 6 34 2q-10 8 -2 16q-18 2 -32 -4z", tint.bloom)
        for x, y in ((-28, -432), (40, -340))
    )
    lights = glow(0, -30, 120, tint.lamp, 0.4 * tint.dark + 0.1) + "".join(
        glow(x, y - 4, 34, tint.lamp, 0.5 * tint.dark) for x, y in panes
    )
    return Figure(body=flags + drawn, lights=lights)


def _turret(stage: Stage, spot: tuple[float, float, float], stone: str, roof: str) -> str:
    x, wide, tall = spot
    half, tint = wide / 2, stage.palette
    defined, fill = linear((x - half, 0), (x + half, 0), *_round(stone, stage))
    drawn = (
        defined + box(x - half, -tall, wide, tall + 10, fill) + _teeth(x - half - 5, -tall, wide + 10, fill)
    )
    cone = linear((x - half, 0), (x + half, 0), *_round(roof, stage))
    peak = wide * 1.35
    drawn += cone[0] + shape(
        f"M{x - half - 8} {-tall - 8}Q{x - half * 0.3} {-tall - peak * 0.4} {x} {-tall - peak - 8}Q{x + half * 0.3} {-tall - peak * 0.4} {x + half + 8} {-tall - 8}Z",
        cone[1],
    )
    return drawn + oval(x, -tall - 8, half + 8, 5, mix(roof, tint.near, 0.4))


def _wall(stage: Stage, place: tuple[float, float, float], stone: str) -> str:
    x, wide, tall = place
    defined, fill = linear(
        (0, -tall),
        (0, 10),
        (0, mix(stone, stage.palette.light, 0.1), 1),
        (1, mix(stone, stage.palette.near, 0.4), 1),
    )
    marks = "".join(
        box(
            x + (i * 61) % (wide - 24) + 4,
            -tall + 18 + (i * 37) % (tall - 26),
            15,
            5,
            stage.palette.near,
            0.18,
        )
        for i in range(14)
    )
    return defined + box(x, -tall, wide, tall + 10, fill) + _teeth(x, -tall, wide, fill) + marks


def _teeth(x: float, y: float, wide: float, fill: str) -> str:
    count = max(3, round(wide / 18))
    step = wide / (2 * count - 1)
    return "".join(box(x + 2 * i * step, y - 13, step, 14, fill) for i in range(count))


def cabin(stage: Stage) -> Figure:
    """Draw a log cabin with lit windows and smoke."""
    tint = stage.palette
    wood = mix("#6b4028", tint.near, 0.25 + tint.dark * 0.45)
    roof = mix("#f4f8fc", tint.far, 0.15 + tint.dark * 0.4) if stage.snowy else mix(tint.near, "#5a2f26", 0.4)
    smoke = "".join(
        oval(
            62 + i * i * 0.9,
            -262 - i * 21,
            10 + i * 4.2,
            8 + i * 3,
            mix(tint.mist, "#ffffff", 0.3),
            0.36 - i * 0.028,
        )
        for i in range(12)
    )
    warm = (
        glow(0, -60, 300, tint.lamp, 0.22 + 0.25 * tint.dark)
        + glow(-60, -58, 90, tint.lamp, 0.5)
        + glow(72, -58, 90, tint.lamp, 0.5)
    )
    snow = _drift(mix("#f2f6fb", tint.far, 0.2 + tint.dark * 0.4)) if stage.snowy else ""
    return Figure(body=smoke + _cottage(stage, wood, roof) + snow, lights=warm)


def _drift(white: str) -> str:
    """Heap snow against the walls, melting into the ground."""
    defined, fill = linear((0, -16), (0, 30), (0, white, 1), (0.4, white, 0.7), (1, white, 0))
    return defined + shape(
        "M-240 30C-190 4 -150 -14 -118 -10C-80 2 -40 8 0 2C50 -4 80 4 118 -12C150 -14 190 4 240 30Z", fill
    )


def _cottage(stage: Stage, wall: str, roof: str) -> str:
    tint = stage.palette
    dark = mix(wall, "#000000", 0.35)
    drawn = box(46, -262, 34, 90, dark) + box(42, -268, 42, 12, roof)
    defined, fill = linear(
        (0, -120),
        (0, 4),
        (0, mix(wall, "#000000", 0.3), 1),
        (0.35, wall, 1),
        (1, mix(wall, tint.near, 0.4), 1),
    )
    drawn += defined + polygon([(-130, 4), (-130, -112), (0, -226), (130, -112), (130, 4)], fill)
    drawn += "".join(line(f"M-130 {y}H130", dark, 2, 0.5) for y in range(-104, 4, 17))
    drawn += polygon([(0, -252), (-168, -104), (-156, -84), (0, -218), (156, -84), (168, -104)], roof)
    drawn += polygon(
        [(0, -218), (-156, -84), (-130, -92), (0, -204), (130, -92), (156, -84)], "#000000", 0.25
    )
    drawn += box(-22, -78, 44, 82, dark) + circle(13, -36, 3, tint.lamp)
    for x in (-88, 46):
        drawn += box(x - 4, -84, 54, 50, dark) + box(x, -80, 46, 42, mix(tint.lamp, "#ffffff", 0.15))
        drawn += line(f"M{x + 23} -80v42M{x} -59h46", dark, 4)
    return drawn + circle(0, -150, 17, dark) + circle(0, -150, 13, tint.lamp)


def boat(stage: Stage) -> Figure:
    """Draw a sailing boat with its reflection."""
    tint = stage.palette
    hull = mix(tint.near, "#3a1d18", 0.35)
    cream = mix(mix("#fbf1dc", tint.light, 0.4), tint.near, tint.dark * 0.5)
    sails = _sail(stage, "M-8 -372C70 -300 132 -170 140 -66L-8 -58Z", cream, 140)
    sails += _sail(
        stage, "M-20 -340C-66 -230 -104 -140 -138 -64L-20 -74Z", mix(cream, tint.bloom, 0.35), -138
    )
    body = line("M-12 -20V-388", hull, 7) + line("M-14 -54L150 -58", hull, 6) + sails
    body += shape("M-12 -388q18 4 36 -2q-12 9 -2 14q-18 3 -34 0z", tint.bloom)
    defined, fill = linear(
        (0, -46),
        (0, 12),
        (0, mix(hull, tint.light, 0.35), 1),
        (0.3, hull, 1),
        (1, mix(hull, "#000000", 0.5), 1),
    )
    body += defined + shape(
        "M-176 -44C-90 -28 90 -28 186 -50C170 -8 140 10 110 12H-104C-142 8 -164 -14 -176 -44Z", fill
    )
    body += line("M-172 -38C-88 -22 90 -22 180 -44", mix(cream, tint.light, 0.3), 4, 0.8)
    mirror = group(body, "translate(0 22) scale(1 -.82)", 0.34)
    streaks = "".join(
        oval(stage.dice.gauss(0, 70), 16 + i * 7, 150 - i * 4, 1.6, tint.light, 0.2) for i in range(16)
    )
    lights = glow(132, -52, 130, tint.lamp, 0.65) if tint.dark > 0.6 else ""
    return Figure(body=mirror + streaks + body, lights=lights)


def _sail(stage: Stage, d: str, colour: str, edge: float) -> str:
    lit, dim = mix(colour, "#ffffff", 0.25), mix(colour, stage.palette.near, 0.3)
    defined, fill = linear((-10, -200), (edge, -120), (0, dim, 1), (0.45, colour, 1), (1, lit, 1))
    return defined + shape(d, fill)


def rocket(stage: Stage) -> Figure:
    """Draw a rocket climbing on its flame."""
    tint = stage.palette
    white, red = mix("#f3efe8", tint.near, tint.dark * 0.25), mix("#d8434a", tint.near, tint.dark * 0.2)
    defined, fill = linear((-52, 0), (52, 0), *_round(white, stage))
    fins = shape("M-46 -180C-96 -150 -104 -110 -98 -70L-42 -104Z", red) + shape(
        "M46 -180C96 -150 104 -110 98 -70L42 -104Z", red
    )
    body = (
        fins
        + defined
        + shape(
            "M0 -420C44 -370 60 -300 56 -230C54 -170 46 -120 40 -92H-40C-46 -120 -54 -170 -56 -230C-60 -300 -44 -370 0 -420Z",
            fill,
        )
    )
    body += shape("M0 -420C26 -391 42 -358 50 -322Q0 -302 -50 -322C-42 -358 -26 -391 0 -420Z", red)
    body += (
        circle(0, -254, 27, mix(tint.near, white, 0.45))
        + circle(0, -254, 20, tint.lamp)
        + oval(-6, -261, 7, 5, "#ffffff", 0.8)
    )
    body += box(-30, -94, 60, 14, mix(tint.near, white, 0.25))
    flame = linear(
        (0, -80), (0, 90), (0, "#fffbe0", 1), (0.3, "#ffd25e", 0.95), (0.7, "#ff7a3c", 0.7), (1, "#ff5a3c", 0)
    )
    body = flame[0] + shape("M-28 -80C-46 -20 -16 30 0 96C16 30 46 -20 28 -80Z", flame[1]) + body
    puffs = "".join(
        circle(
            stage.dice.gauss(0, 60 + i * 2),
            90 + stage.dice.uniform(-8, 50),
            stage.dice.uniform(16, 44),
            mix(tint.mist, "#ffffff", 0.35),
            0.3,
        )
        for i in range(26)
    )
    tilted = group(body, "rotate(9) translate(0 -60)")
    return Figure(body=puffs + tilted, lights=glow(6, -40, 300, "#ffb060", 0.75))


def tree(stage: Stage) -> Figure:
    """Draw a spreading tree with clusters of leaves."""
    dice, tint = stage.dice, stage.palette
    bark = mix(mix("#4a2f22", tint.near, 0.4 + tint.dark * 0.4), "#000000", 0.1)
    drawn = shape("M-34 8C-16 -30 -20 -90 -14 -150L14 -150C18 -90 16 -30 40 8Q0 -6 -34 8Z", bark)
    tips: list[Point] = []
    for lean, tall in ((-150, 230), (-86, 300), (-10, 345), (80, 305), (155, 240)):
        drawn += line(
            f"M0 -120C{lean * 0.1:.0f} -180 {lean * 0.6:.0f} {-tall * 0.7:.0f} {lean} {-tall}", bark, 13
        )
        tips.append((lean, -tall))
    for layer, share in ((0, 0.0), (1, 0.22), (2, 0.45)):
        leaf = mix(mix(tint.leaf, tint.near, 0.34), mix(tint.leaf, tint.light, 0.5), share * 2)
        for x, y in tips:
            for _ in range(22 - layer * 6):
                drawn += oval(
                    x + dice.gauss(0, 44) - layer * 9,
                    y + dice.gauss(0, 32) - layer * 12,
                    dice.uniform(11, 27),
                    dice.uniform(9, 20),
                    leaf,
                    0.85,
                )
    drawn += "".join(
        oval(dice.gauss(0, 150), dice.uniform(-140, 6), 6, 3.4, tint.leaf, 0.85) for _ in range(26)
    )
    return Figure(body=drawn)


def flower(stage: Stage) -> Figure:
    """Draw three tall flowers in bloom."""
    tint = stage.palette
    stem = mix(mix("#3f7a46", tint.leaf, 0.2), tint.near, 0.3 + tint.dark * 0.4)
    drawn = ""
    for x, tall, size, colour in (
        (-96, 230, 0.75, tint.lamp),
        (104, 262, 0.82, mix(tint.bloom, tint.light, 0.45)),
        (0, 356, 1.15, tint.bloom),
    ):
        drawn += line(f"M{x * 0.4} 20C{x * 0.6} {-tall * 0.4} {x * 1.15} {-tall * 0.6} {x} {-tall}", stem, 9)
        drawn += shape(f"M{x * 0.75} {-tall * 0.35}q60 -66 118 -40q-44 60 -118 40z", stem) + shape(
            f"M{x * 0.7} {-tall * 0.22}q-60 -60 -112 -30q46 56 112 30z", mix(stem, tint.near, 0.2)
        )
        drawn += group(
            _bloom(stage, mix(colour, tint.near, tint.dark * 0.35)), f"translate({x} {-tall}) scale({size})"
        )
    return Figure(body=drawn, lights=glow(0, -356, 170, tint.bloom, 0.14))


def _bloom(stage: Stage, colour: str) -> str:
    tint = stage.palette
    drawn = ""
    for ring, (count, reach) in enumerate(((9, 92), (8, 70), (6, 46))):
        tone = mix(mix(colour, tint.near, 0.28), mix(colour, "#ffffff", 0.42), ring / 2)
        defined, fill = linear((0, 0), (0, -reach), (0, mix(tone, tint.near, 0.34), 1), (1, tone, 1))
        petal = shape(
            f"M0 0C{-reach * 0.46} {-reach * 0.34} {-reach * 0.34} {-reach * 0.98} 0 {-reach}C{reach * 0.34} {-reach * 0.98} {reach * 0.46} {-reach * 0.34} 0 0Z",
            fill,
        )
        drawn += defined + "".join(
            group(petal, f"rotate({360 / count * i + ring * 21:.1f})") for i in range(count)
        )
    return (
        drawn
        + circle(0, 0, 17, mix("#f4b13c", tint.near, tint.dark * 0.3))
        + circle(-3, -4, 9, "#ffe08a", 0.8)
    )


def person(stage: Stage) -> Figure:
    """Draw a wanderer from behind, cloak and scarf in the wind."""
    tint = stage.palette
    cloak, dark = mix(tint.near, tint.bloom, 0.16), mix(tint.near, "#000000", 0.35)
    rim = mix(cloak, tint.light, 0.55)
    body = shape("M-26 4L-20 -92H-2L-4 4ZM6 4L4 -92H24L28 4Z", dark) + line(
        "M72 6L52 -236", mix(dark, "#6b4028", 0.5), 6
    )
    body += shape(
        "M-30 -262C-62 -230 -70 -140 -92 -52Q-50 -30 -8 -42Q40 -28 66 -56C58 -140 56 -232 30 -262Q0 -276 -30 -262Z",
        cloak,
    )
    body += line("M30 -262C56 -232 58 -140 66 -56", rim, 5, 0.8)
    body += circle(0, -294, 30, dark) + shape(
        "M-36 -290C-40 -344 38 -344 36 -290Q0 -312 -36 -290Z", mix(dark, cloak, 0.6)
    )
    body += shape("M-32 -262Q0 -240 34 -264L36 -250Q0 -224 -34 -246Z", tint.bloom)
    body += shape(
        "M-28 -254C-80 -270 -110 -226 -168 -246C-140 -222 -118 -198 -64 -220C-44 -228 -34 -240 -28 -254Z",
        tint.bloom,
    )
    return Figure(body=body + oval(0, 8, 96, 9, "#000000", 0.3))


def _pane(x: float, y: float, wide: float, tall: float, lamp: str) -> str:
    return f'<path d="M{x - wide / 2:.1f} {y:.1f}v-{tall * 0.6:.1f}a{wide / 2:.1f} {wide / 2:.1f} 0 0 1 {wide:.1f} 0v{tall * 0.6:.1f}z" fill="{mix(lamp, "#ffffff", 0.2)}"/>'


def _round(colour: str, stage: Stage) -> tuple[tuple[float, str, float], ...]:
    """Shade a colour as on a round wall, lit from the light's side."""
    tint = stage.palette
    lit, dim = mix(colour, tint.light, 0.4), mix(mix(colour, tint.near, 0.5), "#000000", 0.1)
    stops = ((0.0, colour, 1.0), (0.25, lit, 1.0), (0.55, colour, 1.0), (1.0, dim, 1.0))
    return (
        stops if stage.light[0] < stage.width / 2 else tuple((1 - at, c, a) for at, c, a in reversed(stops))
    )


def _nothing(_: Stage) -> Figure:
    return Figure(body="")


FIGURES: dict[Subject, Callable[[Stage], Figure]] = {
    "lighthouse": lighthouse,
    "boat": boat,
    "castle": castle,
    "cat": lambda stage: seated(stage, "cat"),
    "fox": lambda stage: seated(stage, "fox"),
    "dog": lambda stage: seated(stage, "dog"),
    "rabbit": lambda stage: seated(stage, "rabbit"),
    "bear": lambda stage: seated(stage, "bear"),
    "bird": bird,
    "flower": flower,
    "rocket": rocket,
    "cabin": cabin,
    "tree": tree,
    "person": person,
    "none": _nothing,
}
