"""Animals, seen from behind as they look into the picture."""

from __future__ import annotations

from typing import Literal

from bot.demo.painter.canvas import Canvas, Figure
from bot.demo.painter.palettes import mix
from bot.demo.painter.prompt_scene import Coat
from bot.demo.painter.svg import ellipse, group, line, linear_gradient, shape

Animal = Literal["cat", "fox", "dog", "rabbit", "bear", "mouse"]

NATURAL_COATS: dict[Animal, str] = {
    "cat": "#2a2433",
    "fox": "#b3532a",
    "dog": "#9a6a3f",
    "rabbit": "#cfc4b8",
    "bear": "#4a3628",
    "mouse": "#8a7f7a",
}
COATS: dict[Coat, str] = {
    "ginger": "#cf7a34",
    "golden": "#d9a24e",
    "white": "#ece6dc",
    "black": "#26222a",
    "grey": "#7d8087",
    "brown": "#6b4630",
}
EARS: dict[Animal, str] = {
    "cat": "M-50 -236C-58 -272 -56 -298 -50 -318C-30 -306 -16 -290 -6 -272Z",
    "fox": "M-52 -232C-66 -274 -64 -312 -58 -340C-34 -322 -14 -296 -4 -270Z",
    "dog": "M-38 -268C-66 -282 -82 -250 -80 -206C-66 -196 -52 -206 -44 -226Z",
    "rabbit": "M-34 -252C-62 -310 -60 -380 -40 -412C-18 -384 -10 -320 -10 -268Z",
    "bear": "M-56 -246C-84 -276 -56 -308 -26 -282Z",
    "mouse": "M-34 -250C-92 -246 -112 -300 -84 -328C-54 -352 -14 -320 -18 -274Z",
}
TAILS: dict[Animal, tuple[str, float]] = {
    "cat": ("M34 -14C96 -6 150 4 152 58C153 92 132 112 116 96", 17),
    "fox": ("M30 -20C110 -30 150 -10 158 -64", 42),
    "dog": ("M40 -26C86 -40 96 -80 84 -112", 16),
    "rabbit": ("M0 -20v-4", 44),
    "bear": ("M0 -22v-4", 28),
    "mouse": ("M40 -10C110 -2 150 -40 190 -12C214 6 230 -20 222 -44", 8),
}
BODY = (
    "M-60 4C-100 -4 -108 -70 -88 -120C-74 -156 -56 -172 -48 -204"
    "C-20 -222 20 -222 48 -204C56 -172 74 -156 88 -120C108 -70 100 -4 60 4Z"
)
MIRROR = "scale(-1 1)"


def seated(canvas: Canvas, animal: Animal) -> Figure:
    """Draw an animal sitting with its back to us, a rim of light around it."""
    palette = canvas.palette
    coat = _coat(canvas, animal)
    coat = mix(coat, mix(palette.near, "#000000", 0.2), 0.25 + palette.dark * 0.5)
    rim = mix(coat, mix(palette.light, palette.mist, 0.3), 0.62)
    d, width = TAILS[animal]
    drawn = line(d, rim, width + 3, 0.55) + line(d, coat, width)
    if animal == "fox":
        drawn += line("M153 -38L158 -64", mix("#f4ece2", palette.near, palette.dark * 0.5), 36)
    outline = shape(BODY, coat) + _head(animal, coat)
    halo = group(line(BODY, rim, 5) + _rim_light(animal, rim))
    fur = linear_gradient((0, -320), (0, 4), (0, rim, 0.32), (0.4, coat, 0), (1, "#000000", 0.45))
    shade = fur[0] + shape(BODY, fur[1]) + _back_markings(canvas, animal, coat)
    haunch = "M-66 -4C-92 -40 -74 -86 -44 -84"
    legs = line(haunch, "#000000", 4, 0.28) + group(line(haunch, "#000000", 4, 0.28), MIRROR)
    shadow = ellipse(0, 5, 118, 9, "#000000", 0.35)
    return Figure(body=shadow + halo + outline + shade + legs + (drawn if animal != "bear" else ""))


def asleep(canvas: Canvas, animal: Animal) -> Figure:
    """Draw an animal curled up, its tail around it."""
    palette = canvas.palette
    coat = mix(_coat(canvas, animal), mix(palette.near, "#000000", 0.2), 0.1 + palette.dark * 0.35)
    rim = mix(coat, mix(palette.light, palette.mist, 0.3), 0.55)
    dark = mix(coat, "#000000", 0.45)
    body = (
        "M-176 0C-196 -70 -120 -134 -10 -136C110 -138 186 -84 180 -20"
        "C178 0 160 6 130 6H-140C-160 6 -172 6 -176 0Z"
    )
    head = ellipse(-112, -44, 62, 48, coat)
    ears = shape("M-158 -66L-160 -122L-122 -86Z", coat) + shape("M-96 -88L-66 -124L-58 -66Z", coat)
    face = line("M-144 -40Q-134 -32 -124 -40M-100 -40Q-90 -32 -80 -40", dark, 4)
    face += line("M-118 -22L-112 -17L-106 -22", dark, 4)
    tail = "M168 -20C190 26 60 26 -40 0"
    stripes = "".join(line(f"M{x} -130Q{x + 16} -96 {x + 4} -66", dark, 7, 0.28) for x in (-20, 22, 64, 106))
    fur = linear_gradient((0, -140), (0, 8), (0, rim, 0.45), (0.5, coat, 0), (1, "#000000", 0.35))
    drawn = ellipse(0, 6, 200, 10, "#000000", 0.35) + line(body, rim, 5) + shape(body, coat)
    drawn += fur[0] + shape(body, fur[1]) + (stripes if animal == "cat" else "")
    drawn += line(tail, rim, 35, 0.6) + line(tail, coat, 31)
    drawn += (
        group(ears + head)
        + f'<ellipse cx="-112" cy="-44" rx="62" ry="48" fill="none" stroke="{rim}" stroke-width="3"/>'
    )
    return Figure(body=drawn + face)


def bird(canvas: Canvas) -> Figure:
    """Draw a crane in flight and its flock."""
    palette = canvas.palette
    white = mix(mix("#fbf8f2", palette.light, 0.2), palette.near, palette.dark * 0.45)
    dark = mix(palette.near, "#000000", 0.2)
    wing = (
        "M-10 0C-50 -60 -60 -150 -160 -190C-150 -150 -150 -140 -120 -110"
        "C-140 -112 -130 -90 -96 -76C-100 -60 -70 -40 -40 -14Z"
    )
    tips = "M-160 -190C-150 -150 -150 -140 -120 -110L-104 -126C-118 -150 -136 -172 -160 -190Z"
    body = line("M-70 26L-176 52", dark, 5) + shape(wing, mix(white, palette.far, 0.3)) + shape(tips, dark)
    body += shape("M-90 28C-50 -20 30 -22 70 -10C40 22 -30 44 -90 28Z", white)
    body += line("M60 -6C96 -20 110 -44 142 -48", white, 13) + line("M142 -48L178 -46", dark, 5)
    body += ellipse(140, -53, 9, 6, "#c8403a") + group(
        shape(wing, white) + shape(tips, dark), "translate(20 2) scale(-.92 1)"
    )
    flock = "".join(
        group(line("M-26 -8Q-12 -14 0 0Q12 -14 26 -8", dark, 4.5), f"translate({x} {y}) scale({s})")
        for x, y, s in (
            (-260, -60, 1),
            (-320, -110, 0.8),
            (-215, -135, 0.7),
            (-380, -60, 0.7),
            (250, -170, 0.6),
        )
    )
    return Figure(body=group(flock + body, "translate(0 -320) rotate(-6)"))


def _coat(canvas: Canvas, animal: Animal) -> str:
    named = canvas.scene.coat
    return COATS[named] if named else NATURAL_COATS[animal]


def _head(animal: Animal, coat: str) -> str:
    ear = shape(EARS[animal], coat)
    return ellipse(0, -236, 57, 47, coat) + ear + group(ear, MIRROR)


def _rim_light(animal: Animal, rim: str) -> str:
    ear = line(EARS[animal], rim, 5)
    head = f'<ellipse cx="0" cy="-236" rx="57" ry="47" fill="none" stroke="{rim}" stroke-width="5"/>'
    return head + ear + group(ear, MIRROR)


def _back_markings(canvas: Canvas, animal: Animal, coat: str) -> str:
    light = mix(coat, canvas.palette.mist, 0.22)
    stripes = "".join(
        line(f"M-{w} {y}Q0 {y + 14} {w} {y}", light, 4, 0.35) for y, w in ((-170, 20), (-150, 26), (-128, 30))
    )
    return stripes if animal == "cat" else line("M0 -196C4 -140 -3 -90 0 -30", light, 5, 0.3)
