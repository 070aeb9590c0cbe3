"""Rooms: a view from a window, and a bookshop."""

from __future__ import annotations

from bot.demo.painter.canvas import Canvas, Landscape
from bot.demo.painter.palettes import mix
from bot.demo.painter.scenes.urban import towers
from bot.demo.painter.svg import glow, group, line, linear_gradient, polygon, rect, shape
from bot.demo.painter.terrain import peaks


def window(canvas: Canvas) -> Landscape:
    """Draw a view over roofs, framed by a dark room."""
    high, wide, palette = canvas.height, canvas.width, canvas.palette
    sill = high * 0.8
    back, lights = "", ""
    for depth, tall, count in ((0.2, 0.26, 14), (0.7, 0.17, 10)):
        drawn, shine = towers(canvas, depth, sill, high * tall, max(4, round(count * wide / 1500)))
        back += drawn
        lights += shine
    back += peaks(canvas, depth=0.95, base=sill + 40, tall=60)
    x = wide * canvas.rng.choice((0.36, 0.64))
    lamp = wide - x
    back += _frame(canvas, sill) + _pot(canvas, lamp, sill + 4)
    lights += glow(wide * 0.5, high * 1.02, wide * 0.5, palette.lamp, 0.16)
    return Landscape(back=back, front="", anchor=(x, sill + 6), scale=1.0 * canvas.size_factor, lights=lights)


def _frame(canvas: Canvas, sill: float) -> str:
    """Draw the wall, the window's bars, curtains and the sill."""
    wide, high, palette = canvas.width, canvas.height, canvas.palette
    wall = mix(palette.near, "#000000", 0.2)
    left, top = max(70.0, wide * 0.12), high * 0.07
    right = wide - left
    hole = (
        f"M-10 -10H{wide + 10:.0f}V{high + 10:.0f}H-10ZM{left:.0f} {top:.0f}"
        f"V{sill:.0f}H{right:.0f}V{top:.0f}Z"
    )
    drawn = f'<path d="{hole}" fill="{wall}" fill-rule="evenodd"/>'
    wood = mix(wall, palette.lamp, 0.16)
    bars = f"M{wide / 2:.0f} {top:.0f}V{sill:.0f}M{left:.0f} {top + (sill - top) * 0.3:.0f}H{right:.0f}"
    drawn += line(bars, wood, 15) + line(f"M{left:.0f} {sill:.0f}V{top:.0f}H{right:.0f}V{sill:.0f}", wood, 24)
    shelf = linear_gradient((0, sill), (0, sill + 44), (0, mix(wood, palette.mist, 0.38), 1), (1, wood, 1))
    drawn += shelf[0] + rect(left - 50, sill, right - left + 100, 44, shelf[1])
    drawn += rect(left - 34, sill + 44, right - left + 68, 14, mix(wall, "#000000", 0.35), 0.7)
    return drawn + _curtain(canvas, left, top, sill, 1) + _curtain(canvas, right, top, sill, -1)


def _curtain(canvas: Canvas, x: float, top: float, sill: float, way: int) -> str:
    """Hang one gathered curtain; ``way`` points into the window."""
    palette = canvas.palette
    cloth = mix(mix(palette.bloom, palette.near, 0.62), "#000000", 0.1)
    reach, fall = min(190.0, canvas.width * 0.13) * way, sill + 150
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
        defined, fill = linear_gradient(
            (a, 0), (b, 0), (0, mix(cloth, palette.light, 0.1), 1), (1, mix(cloth, "#000000", 0.45), 1)
        )
        drawn += defined + shape(d, fill)
    rod = x - 90 * way
    return drawn + line(
        f"M{rod:.0f} {top - 34:.0f}h{(abs(reach) + 190) * way:.0f}", mix(palette.near, palette.lamp, 0.3), 9
    )


def _pot(canvas: Canvas, x: float, y: float) -> str:
    """Put a plant on the sill."""
    palette, rng = canvas.palette, canvas.rng
    leaf = mix(mix(palette.leaf, "#2f6b4a", 0.5), palette.near, 0.45)
    drawn = ""
    for i in range(11):
        lean = (i - 5) * 15 + rng.uniform(-6, 6)
        tall = rng.uniform(90, 150) - abs(i - 5) * 9
        d = (
            f"M0 -52C{lean * 0.2:.0f} {-60 - tall * 0.4:.0f} {lean * 0.9:.0f}"
            f" {-60 - tall * 0.7:.0f} {lean * 1.5:.0f} {-52 - tall:.0f}C{lean * 1.2 + 18:.0f}"
            f" {-50 - tall * 0.55:.0f} {lean * 0.4 + 10:.0f} {-60 - tall * 0.3:.0f}"
            " 0 -52Z"
        )
        drawn += shape(d, mix(leaf, palette.mist, 0.22 * (i % 3)))
    pot = mix("#a4552f", palette.near, 0.4)
    drawn += polygon([(-40, -56), (40, -56), (30, 0), (-30, 0)], pot) + rect(
        -46, -66, 92, 16, mix(pot, palette.light, 0.12)
    )
    return group(drawn, f"translate({x:.0f} {y:.0f}) scale({canvas.size_factor:.2f})")


def library(canvas: Canvas) -> Landscape:
    """Draw a narrow bookshop: shelves on both sides of a window, a lamp, and a pile of books to sit on."""
    high, wide, palette = canvas.height, canvas.width, canvas.palette
    floor = high * 0.86
    left, right = wide * 0.38, wide * 0.62
    wall = mix(mix("#6b4630", palette.near, 0.25), "#000000", palette.dark * 0.3)
    hole = (
        f"M-10 -10H{wide + 10:.0f}V{high + 10:.0f}H-10Z"
        f"M{left:.0f} {high * 0.14:.0f}V{high * 0.6:.0f}H{right:.0f}V{high * 0.14:.0f}Z"
    )
    street, _ = towers(canvas, 0.5, high * 0.6, high * 0.2, max(4, round(6 * wide / 1500)))
    back = street + f'<path d="{hole}" fill="{wall}" fill-rule="evenodd"/>'
    bars = f"M{wide / 2:.0f} {high * 0.14:.0f}V{high * 0.6:.0f}M{left:.0f} {high * 0.3:.0f}H{right:.0f}"
    frame = f"M{left:.0f} {high * 0.14:.0f}H{right:.0f}V{high * 0.6:.0f}H{left:.0f}Z"
    wood = mix(wall, palette.lamp, 0.25)
    back += line(bars, wood, 8) + line(frame, wood, 16)
    back += _shelves(canvas, -20, left - 30, floor) + _shelves(canvas, right + 30, wide + 20, floor)
    boards = mix(wall, "#000000", 0.35)
    back += rect(-10, floor, wide + 20, high, boards)
    x = wide * 0.5
    pile, top = _pile_of_books(canvas, x, floor + 50)
    lamp = (wide * 0.5, high * 0.24)
    back += line(f"M{lamp[0]:.0f} -10V{lamp[1] - 30:.0f}", boards, 5)
    back += shape(
        f"M{lamp[0] - 62:.0f} {lamp[1]:.0f}C{lamp[0] - 40:.0f} {lamp[1] - 52:.0f}"
        f" {lamp[0] + 40:.0f} {lamp[1] - 52:.0f} {lamp[0] + 62:.0f} {lamp[1]:.0f}Z",
        mix(palette.lamp, "#8a5a24", 0.4),
    )
    lights = glow(lamp[0], lamp[1] + 14, high * 0.62, palette.lamp, 0.55)
    scale = 0.9 * canvas.size_factor
    return Landscape(back=back + pile, front="", anchor=(x, top), scale=scale, lights=lights)


def _shelves(canvas: Canvas, left: float, right: float, floor: float) -> str:
    rng, palette = canvas.rng, canvas.palette
    spines = ("#9c3f35", "#c98a3c", "#3f6b62", "#34507a", "#7a4a6b", "#d9c7a0", "#5a6b38")
    board = mix("#3a2418", palette.near, 0.3)
    drawn, step = rect(left, -10, right - left, floor + 10, mix(board, "#000000", 0.4)), 118.0
    bottom = floor
    while bottom > 0:
        x = left + 6
        while x < right - 14:
            thick, tall = rng.uniform(14, 34), rng.uniform(68, 102)
            colour = mix(rng.choice(spines), palette.near, 0.2 + palette.dark * 0.3)
            drawn += rect(x, bottom - tall, min(thick, right - x - 4), tall, colour)
            drawn += rect(x + thick * 0.2, bottom - tall * 0.82, thick * 0.6, 5, palette.lamp, 0.35)
            x += thick + rng.choice((1.5, 1.5, 1.5, 20))
        drawn += rect(left, bottom, right - left, 14, board)
        bottom -= step
    return drawn


def _pile_of_books(canvas: Canvas, x: float, bottom: float) -> tuple[str, float]:
    """Draw a pile; return it and the y coordinate of its top."""
    rng, palette = canvas.rng, canvas.palette
    drawn, y = "", bottom
    for colour in ("#34507a", "#9c3f35", "#d0a14a", "#3f6b62"):
        thick, half = rng.uniform(34, 46), rng.uniform(150, 205)
        shift = rng.uniform(-22, 22)
        cover = mix(colour, palette.near, 0.15 + palette.dark * 0.3)
        drawn += rect(x - half + shift, y - thick, half * 2, thick, cover)
        drawn += rect(x - half + shift + 12, y - thick + 7, half * 2 - 12, thick - 14, "#efe3c8")
        y -= thick
    return drawn, y + 4
