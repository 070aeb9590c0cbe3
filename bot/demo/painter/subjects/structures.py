"""What people build and what falls between rocks: bridge, train, market, vase, waterfall."""

from __future__ import annotations

from bot.demo.painter.canvas import Canvas, Figure
from bot.demo.painter.palettes import mix
from bot.demo.painter.svg import circle, ellipse, glow, group, line, linear_gradient, polygon, rect, shape


def bridge(canvas: Canvas) -> Figure:
    """Draw a suspension bridge."""
    palette = canvas.palette
    steel = mix("#a63f33", palette.near, 0.2 + palette.dark * 0.4)
    dark = mix(steel, "#000000", 0.4)
    hangers = "".join(f"M{x} {-118 - 210 * (x / 190) ** 2:.0f}V-96" for x in range(-170, 171, 20))
    hangers += "".join(
        f"M{side * x} {-328 + (x - 190) * 1.0:.0f}V-96" for side in (-1, 1) for x in range(220, 400, 26)
    )
    drawn = (
        line(hangers, steel, 3) + line("M-430 -96L-190 -328", steel, 7) + line("M430 -96L190 -328", steel, 7)
    )
    drawn += line("M-190 -328C-110 -48 110 -48 190 -328", steel, 7)
    for x in (-190, 190):
        drawn += polygon([(x - 20, 20), (x - 14, -345), (x + 14, -345), (x + 20, 20)], steel)
        drawn += line(f"M{x + 10} -340V16", mix(steel, palette.light, 0.5), 4, 0.6)
    drawn += rect(-460, -104, 920, 16, dark) + line("M-460 -106H460", mix(steel, palette.light, 0.5), 3, 0.6)
    lights = "".join(glow(x, -112, 34, palette.lamp, 0.6 * palette.dark) for x in range(-400, 401, 100))
    return Figure(body=group(drawn, "translate(0 10)"), lights=lights)


def train(canvas: Canvas) -> Figure:
    """Draw a steam locomotive with two carriages."""
    palette = canvas.palette
    iron = mix("#2c2f3a", palette.near, 0.3)
    red = mix("#a8372f", palette.near, 0.2 + palette.dark * 0.3)
    rim = mix(iron, palette.light, 0.5)
    drawn = line("M-460 6H330", mix(iron, "#000000", 0.4), 8) + line(_sleepers(), iron, 6, 0.8)
    panes: list[tuple[float, float]] = []
    for left in (-440, -240):
        drawn += rect(left, -128, 186, 106, red) + rect(left - 6, -140, 198, 14, iron)
        for x in range(left + 16, left + 170, 42):
            drawn += rect(x, -108, 26, 34, palette.lamp)
            panes.append((x + 13, -90))
        drawn += _wheels(iron, rim, left + 36, left + 150, radius=18)
    drawn += (
        rect(-40, -176, 88, 150, red) + rect(-50, -190, 108, 16, iron) + rect(-22, -156, 50, 48, palette.lamp)
    )
    boiler = linear_gradient((0, -132), (0, -30), (0, rim, 1), (0.3, iron, 1), (1, "#14151a", 1))
    drawn += boiler[0] + rect(44, -132, 196, 98, boiler[1]) + ellipse(240, -83, 18, 49, iron)
    drawn += shape("M186 -130V-182L178 -204H224L216 -182V-130Z", iron) + rect(110, -152, 40, 22, rim)
    drawn += shape("M236 -34L312 2H226Z", red) + circle(256, -92, 12, palette.lamp)
    drawn += _wheels(iron, rim, 4, 84, 160, radius=32) + _wheels(iron, rim, 222, radius=20)
    rod = line("M4 -26H160", rim, 7)
    steam = "".join(
        circle(
            200 - i * 34 + canvas.rng.gauss(0, 8),
            -226 - i * 11,
            20 + i * 5,
            mix(palette.mist, "#ffffff", 0.4),
            0.5,
        )
        for i in range(11)
    )
    lights = "".join(glow(x, y, 40, palette.lamp, 0.2 + 0.4 * palette.dark) for x, y in panes)
    return Figure(body=steam + drawn + rod, lights=lights + glow(256, -92, 150, palette.lamp, 0.5))


def _sleepers() -> str:
    return "".join(f"M{x} 14h22" for x in range(-460, 320, 40))


def _wheels(iron: str, rim: str, *places: float, radius: float) -> str:
    return "".join(
        circle(x, 4 - radius, radius, iron)
        + circle(x, 4 - radius, radius * 0.72, rim)
        + circle(x, 4 - radius, radius * 0.5, iron)
        for x in places
    )


def market(canvas: Canvas) -> Figure:
    """Draw three stalls with striped awnings."""
    colours = ("#c8483f", "#2f7f86", "#d79a36")
    stalls = [(-250, 0.9), (250, 0.9), (0, 1.1)]
    drawn = "".join(
        group(_stall(canvas, colour), f"translate({x} 0) scale({size})")
        for (x, size), colour in zip(stalls, colours, strict=True)
    )
    lights = "".join(
        glow(x, -150 * size, 110, canvas.palette.lamp, 0.45 * canvas.palette.dark) for x, size in stalls
    )
    return Figure(body=drawn, lights=lights)


def _stall(canvas: Canvas, colour: str) -> str:
    palette = canvas.palette
    cloth, white = (mix(each, palette.near, 0.1 + palette.dark * 0.4) for each in (colour, "#f4ecdf"))
    wood = mix("#6d4a30", palette.near, 0.3)
    drawn = line("M-104 4V-200M104 4V-200", wood, 9) + rect(
        -96, -190, 192, 130, mix(palette.near, "#000000", 0.2), 0.55
    )
    for i in range(6):
        x = -126 + i * 42
        stripe = white if i % 2 else cloth
        top = -96 + i * 32
        drawn += shape(f"M{top} -262h32L{x + 42} -186a21 16 0 0 1 -42 0Z", stripe)
    drawn += rect(-112, -74, 224, 78, wood) + rect(-118, -86, 236, 14, mix(wood, palette.light, 0.35))
    fruit = ("#d8563c", "#e8b13c", "#6e9b45", "#d98a3a")
    drawn += "".join(
        circle(-96 + i * 21, -96 - (i % 2) * 7, 13, mix(fruit[i % 4], palette.near, palette.dark * 0.4))
        for i in range(10)
    )
    return drawn


def vase(canvas: Canvas, flowers: str) -> Figure:
    """Draw a vase with flowers, whose heads are above 200 units."""
    palette = canvas.palette
    glaze = mix("#4f7fa6", palette.near, 0.2 + palette.dark * 0.3)
    defined, fill = linear_gradient(
        (-80, 0),
        (80, 0),
        (0, mix(glaze, "#000000", 0.3), 1),
        (0.6, glaze, 1),
        (1, mix(glaze, palette.light, 0.5), 1),
    )
    outline = (
        "M-34 -190C-26 -150 -92 -130 -88 -70C-86 -30 -60 4 -44 6"
        "H44C60 4 86 -30 88 -70C92 -130 26 -150 34 -190Z"
    )
    body = group(flowers, "translate(0 -70) scale(.95)") + defined + shape(outline, fill)
    body += ellipse(0, -190, 36, 7, mix(glaze, "#000000", 0.4)) + line(
        "M-84 -78Q0 -60 84 -78", mix(glaze, "#ffffff", 0.5), 5, 0.7
    )
    return Figure(body=ellipse(0, 8, 96, 9, "#000000", 0.3) + body)


def waterfall(canvas: Canvas) -> Figure:
    """Draw water that falls between rocks into a pool."""
    rng, palette = canvas.rng, canvas.palette
    rock = mix(mix(palette.near, palette.far, 0.35), "#000000", 0.1)
    lit = mix(rock, palette.light, 0.3)
    water = mix("#e8f4f8", palette.sky[-1], 0.25 + palette.dark * 0.3)
    drawn = shape(
        "M-310 14L-282 -150L-230 -190L-214 -330L-150 -420L-92 -404L-70 -440"
        "L80 -440L104 -410L160 -424L220 -330L236 -200L290 -140L316 14Z",
        rock,
    )
    drawn += shape("M-282 -150L-230 -190L-214 -330L-150 -420L-160 -300L-200 -180L-240 14H-310Z", lit, 0.5)
    drawn += shape(
        "M160 -424L220 -330L236 -200L290 -140L316 14H260L190 -200Z", mix(rock, "#000000", 0.4), 0.6
    )
    fall = linear_gradient((0, -430), (0, 0), (0, water, 0.95), (0.7, water, 0.9), (1, "#ffffff", 0.95))
    drawn += fall[0] + shape("M-66 -430C-84 -300 -92 -140 -104 4H104C92 -140 84 -300 72 -430Z", fall[1])
    drawn += "".join(
        line(
            f"M{x} {-420 + rng.uniform(0, 90):.0f}L{x * 1.35:.0f} {-rng.uniform(10, 120):.0f}",
            mix(water, palette.far, 0.5),
            3,
            0.5,
        )
        for x in range(-58, 66, 12)
    )
    pool = ellipse(0, 10, 330, 26, mix(water, palette.far, 0.45)) + ellipse(0, 6, 190, 14, "#ffffff", 0.5)
    spray = "".join(
        circle(rng.gauss(0, 80), rng.uniform(-46, 6), rng.uniform(10, 26), "#ffffff", 0.22) for _ in range(24)
    )
    pines = "".join(
        _fir(x, y, tall, mix(palette.leaf, palette.near, 0.4))
        for x, y, tall in ((-190, -372, 90), (178, -388, 80), (-262, -160, 100), (268, -152, 90))
    )
    return Figure(body=pines + drawn + pool + spray)


def _fir(x: float, y: float, tall: float, colour: str) -> str:
    tiers = (
        [(x - tall * w, y - tall * low), (x + tall * w, y - tall * low), (x, y - tall * high)]
        for w, low, high in ((0.3, 0.0, 0.6), (0.24, 0.3, 0.82), (0.16, 0.58, 1.0))
    )
    return "".join(polygon(tier, colour) for tier in tiers)
