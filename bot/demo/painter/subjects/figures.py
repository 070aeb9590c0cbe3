"""Subjects as SVG figures."""

from __future__ import annotations

from collections.abc import Callable

from bot.demo.painter.canvas import Canvas, Figure
from bot.demo.painter.palettes import mix
from bot.demo.painter.prompt_scene import Subject
from bot.demo.painter.subjects.animals import Animal, asleep, bird, seated
from bot.demo.painter.subjects.buildings import cabin, castle, cylinder_shading, lighthouse
from bot.demo.painter.subjects.structures import bridge, market, train, vase, waterfall
from bot.demo.painter.svg import Point, circle, ellipse, glow, group, line, linear_gradient, rect, shape


def draw_subject(canvas: Canvas) -> Figure:
    """Draw the scene's subject, its base at the origin."""
    return SUBJECT_FIGURES[canvas.scene.subject](canvas)


def boat(canvas: Canvas) -> Figure:
    """Draw a sailing boat with its reflection."""
    palette = canvas.palette
    hull = mix(palette.near, "#3a1d18", 0.35)
    cream = mix(mix("#fbf1dc", palette.light, 0.4), palette.near, palette.dark * 0.5)
    sails = _sail(canvas, "M-8 -372C70 -300 132 -170 140 -66L-8 -58Z", cream, 140)
    sails += _sail(
        canvas, "M-20 -340C-66 -230 -104 -140 -138 -64L-20 -74Z", mix(cream, palette.bloom, 0.35), -138
    )
    body = line("M-12 -20V-388", hull, 7) + line("M-14 -54L150 -58", hull, 6) + sails
    body += shape("M-12 -388q18 4 36 -2q-12 9 -2 14q-18 3 -34 0z", palette.bloom)
    defined, fill = linear_gradient(
        (0, -46),
        (0, 12),
        (0, mix(hull, palette.light, 0.35), 1),
        (0.3, hull, 1),
        (1, mix(hull, "#000000", 0.5), 1),
    )
    body += defined + shape(
        "M-176 -44C-90 -28 90 -28 186 -50C170 -8 140 10 110 12H-104C-142 8 -164 -14 -176 -44Z", fill
    )
    body += line("M-172 -38C-88 -22 90 -22 180 -44", mix(cream, palette.light, 0.3), 4, 0.8)
    mirror = group(body, "translate(0 22) scale(1 -.82)", 0.34)
    streaks = "".join(
        ellipse(canvas.rng.gauss(0, 70), 16 + i * 7, 150 - i * 4, 1.6, palette.light, 0.2) for i in range(16)
    )
    lights = glow(132, -52, 130, palette.lamp, 0.65) if palette.dark > 0.6 else ""
    return Figure(body=mirror + streaks + body, lights=lights)


def _sail(canvas: Canvas, d: str, colour: str, edge: float) -> str:
    lit, dim = mix(colour, "#ffffff", 0.25), mix(colour, canvas.palette.near, 0.3)
    defined, fill = linear_gradient((-10, -200), (edge, -120), (0, dim, 1), (0.45, colour, 1), (1, lit, 1))
    return defined + shape(d, fill)


def rocket(canvas: Canvas) -> Figure:
    """Draw a rocket climbing on its flame."""
    palette = canvas.palette
    white, red = (
        mix("#f3efe8", palette.near, palette.dark * 0.25),
        mix("#d8434a", palette.near, palette.dark * 0.2),
    )
    defined, fill = linear_gradient((-52, 0), (52, 0), *cylinder_shading(white, canvas))
    fins = shape("M-46 -180C-96 -150 -104 -110 -98 -70L-42 -104Z", red) + shape(
        "M46 -180C96 -150 104 -110 98 -70L42 -104Z", red
    )
    body = (
        fins
        + defined
        + shape(
            "M0 -420C44 -370 60 -300 56 -230C54 -170 46 -120 40 -92H-40"
            "C-46 -120 -54 -170 -56 -230C-60 -300 -44 -370 0 -420Z",
            fill,
        )
    )
    body += shape("M0 -420C26 -391 42 -358 50 -322Q0 -302 -50 -322C-42 -358 -26 -391 0 -420Z", red)
    body += (
        circle(0, -254, 27, mix(palette.near, white, 0.45))
        + circle(0, -254, 20, palette.lamp)
        + ellipse(-6, -261, 7, 5, "#ffffff", 0.8)
    )
    body += rect(-30, -94, 60, 14, mix(palette.near, white, 0.25))
    flame = linear_gradient(
        (0, -80), (0, 90), (0, "#fffbe0", 1), (0.3, "#ffd25e", 0.95), (0.7, "#ff7a3c", 0.7), (1, "#ff5a3c", 0)
    )
    body = flame[0] + shape("M-28 -80C-46 -20 -16 30 0 96C16 30 46 -20 28 -80Z", flame[1]) + body
    puffs = "".join(
        circle(
            canvas.rng.gauss(0, 60 + i * 2),
            90 + canvas.rng.uniform(-8, 50),
            canvas.rng.uniform(16, 44),
            mix(palette.mist, "#ffffff", 0.35),
            0.3,
        )
        for i in range(26)
    )
    tilted = group(body, "rotate(9) translate(0 -60)")
    return Figure(body=puffs + tilted, lights=glow(6, -40, 300, "#ffb060", 0.75))


def tree(canvas: Canvas) -> Figure:
    """Draw a spreading tree with clusters of leaves."""
    rng, palette = canvas.rng, canvas.palette
    bark = mix(mix("#4a2f22", palette.near, 0.4 + palette.dark * 0.4), "#000000", 0.1)
    drawn = shape("M-34 8C-16 -30 -20 -90 -14 -150L14 -150C18 -90 16 -30 40 8Q0 -6 -34 8Z", bark)
    tips: list[Point] = []
    for lean, tall in ((-150, 230), (-86, 300), (-10, 345), (80, 305), (155, 240)):
        drawn += line(
            f"M0 -120C{lean * 0.1:.0f} -180 {lean * 0.6:.0f} {-tall * 0.7:.0f} {lean} {-tall}", bark, 13
        )
        tips.append((lean, -tall))
    for layer, share in ((0, 0.0), (1, 0.22), (2, 0.45)):
        leaf = mix(mix(palette.leaf, palette.near, 0.34), mix(palette.leaf, palette.light, 0.5), share * 2)
        for x, y in tips:
            for _ in range(22 - layer * 6):
                drawn += ellipse(
                    x + rng.gauss(0, 44) - layer * 9,
                    y + rng.gauss(0, 32) - layer * 12,
                    rng.uniform(11, 27),
                    rng.uniform(9, 20),
                    leaf,
                    0.85,
                )
    drawn += "".join(
        ellipse(rng.gauss(0, 150), rng.uniform(-140, 6), 6, 3.4, palette.leaf, 0.85) for _ in range(26)
    )
    return Figure(body=drawn)


def flower(canvas: Canvas) -> Figure:
    """Draw three tall flowers in bloom."""
    palette = canvas.palette
    stem = mix(mix("#3f7a46", palette.leaf, 0.2), palette.near, 0.3 + palette.dark * 0.4)
    drawn = ""
    for x, tall, size, colour in (
        (-96, 230, 0.75, palette.lamp),
        (104, 262, 0.82, mix(palette.bloom, palette.light, 0.45)),
        (0, 356, 1.15, palette.bloom),
    ):
        drawn += line(f"M{x * 0.4} 20C{x * 0.6} {-tall * 0.4} {x * 1.15} {-tall * 0.6} {x} {-tall}", stem, 9)
        drawn += shape(f"M{x * 0.75} {-tall * 0.35}q60 -66 118 -40q-44 60 -118 40z", stem) + shape(
            f"M{x * 0.7} {-tall * 0.22}q-60 -60 -112 -30q46 56 112 30z", mix(stem, palette.near, 0.2)
        )
        drawn += group(
            _bloom(canvas, mix(colour, palette.near, palette.dark * 0.35)),
            f"translate({x} {-tall}) scale({size})",
        )
    return Figure(body=drawn, lights=glow(0, -356, 170, palette.bloom, 0.14))


def _bloom(canvas: Canvas, colour: str) -> str:
    palette = canvas.palette
    drawn = ""
    for ring, (count, reach) in enumerate(((9, 92), (8, 70), (6, 46))):
        tone = mix(mix(colour, palette.near, 0.28), mix(colour, "#ffffff", 0.42), ring / 2)
        defined, fill = linear_gradient(
            (0, 0), (0, -reach), (0, mix(tone, palette.near, 0.34), 1), (1, tone, 1)
        )
        petal = shape(
            f"M0 0C{-reach * 0.46} {-reach * 0.34} {-reach * 0.34} {-reach * 0.98}"
            f" 0 {-reach}C{reach * 0.34} {-reach * 0.98} {reach * 0.46} {-reach * 0.34}"
            " 0 0Z",
            fill,
        )
        drawn += defined + "".join(
            group(petal, f"rotate({360 / count * i + ring * 21:.1f})") for i in range(count)
        )
    return (
        drawn
        + circle(0, 0, 17, mix("#f4b13c", palette.near, palette.dark * 0.3))
        + circle(-3, -4, 9, "#ffe08a", 0.8)
    )


def person(canvas: Canvas) -> Figure:
    """Draw a wanderer from behind, cloak and scarf in the wind."""
    palette = canvas.palette
    cloak, dark = mix(palette.near, palette.bloom, 0.16), mix(palette.near, "#000000", 0.35)
    rim = mix(cloak, palette.light, 0.55)
    body = shape("M-26 4L-20 -92H-2L-4 4ZM6 4L4 -92H24L28 4Z", dark) + line(
        "M72 6L52 -236", mix(dark, "#6b4028", 0.5), 6
    )
    body += shape(
        "M-30 -262C-62 -230 -70 -140 -92 -52Q-50 -30 -8 -42"
        "Q40 -28 66 -56C58 -140 56 -232 30 -262Q0 -276 -30 -262Z",
        cloak,
    )
    body += line("M30 -262C56 -232 58 -140 66 -56", rim, 5, 0.8)
    body += shape("M-36 -256C-44 -306 -26 -338 2 -344C30 -336 44 -304 36 -256Q0 -238 -36 -256Z", cloak)
    body += line("M2 -344C30 -336 44 -304 36 -258", rim, 4, 0.7) + line(
        "M2 -340C6 -310 4 -285 0 -262", dark, 4, 0.5
    )
    body += shape("M-32 -262Q0 -240 34 -264L36 -250Q0 -224 -34 -246Z", palette.bloom)
    body += shape(
        "M-28 -254C-80 -270 -110 -226 -168 -246C-140 -222 -118 -198 -64 -220C-44 -228 -34 -240 -28 -254Z",
        palette.bloom,
    )
    return Figure(body=body + ellipse(0, 8, 96, 9, "#000000", 0.3))


def _nothing(_: Canvas) -> Figure:
    return Figure(body="")


def _animal(canvas: Canvas, animal: Animal) -> Figure:
    return asleep(canvas, animal) if canvas.scene.asleep else seated(canvas, animal)


SUBJECT_FIGURES: dict[Subject, Callable[[Canvas], Figure]] = {
    "lighthouse": lighthouse,
    "boat": boat,
    "castle": castle,
    "cat": lambda canvas: _animal(canvas, "cat"),
    "fox": lambda canvas: _animal(canvas, "fox"),
    "dog": lambda canvas: _animal(canvas, "dog"),
    "rabbit": lambda canvas: _animal(canvas, "rabbit"),
    "bear": lambda canvas: _animal(canvas, "bear"),
    "bird": bird,
    "flower": flower,
    "rocket": rocket,
    "cabin": cabin,
    "tree": tree,
    "person": person,
    "mouse": lambda canvas: _animal(canvas, "mouse"),
    "vase": lambda canvas: vase(canvas, flower(canvas).body),
    "bridge": bridge,
    "train": train,
    "waterfall": waterfall,
    "market": market,
    "none": _nothing,
}
