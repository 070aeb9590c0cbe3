"""What falls and drifts in front of a scene."""

from __future__ import annotations

from bot.demo.painter.stage import Stage
from bot.demo.painter.svg import circle, line, oval


def falling(stage: Stage) -> str:
    """Draw rain, snow or what the wind carries."""
    match stage.scene.weather:
        case "storm":
            return _rain(stage, heavy=True)
        case "rain":
            return _rain(stage, heavy=False)
        case "snow":
            return _snow(stage)
        case "wind":
            return _leaves(stage)
        case _:
            return ""


def murk(stage: Stage) -> float:
    """Tell how thick the drifting fog is, 0 to 1."""
    thick = {"fog": 0.62, "rain": 0.26, "storm": 0.22, "snow": 0.24}.get(stage.scene.weather, 0.0)
    return thick * (0.35 if stage.scene.setting == "window" else 1.0)


def _rain(stage: Stage, *, heavy: bool) -> str:
    dice, tint = stage.dice, stage.palette
    slant = (-0.32 if heavy else -0.14) * dice.choice((1, -1))
    share = stage.width * stage.height / 1e6
    drawn = ""
    for width, opacity, long, count in ((1.1, 0.3, 46, 240), (1.8, 0.34, 80, 110), (2.8, 0.2, 130, 28)):
        d = ""
        for _ in range(round(count * share * (1.3 if heavy else 1))):
            fall = long * dice.uniform(0.6, 1.3)
            x, y = dice.uniform(-100, stage.width + 100), dice.uniform(-80, stage.height)
            d += f"M{x:.0f} {y:.0f}l{fall * slant:.1f} {fall:.1f}"
        drawn += line(d, "#ffffff" if tint.dark < 0.5 else "#dfe9f5", width, opacity)
    return drawn


def _snow(stage: Stage) -> str:
    dice = stage.dice
    drawn = ""
    for _ in range(round(330 * stage.width * stage.height / 1e6)):
        near = dice.random() ** 3
        place = dice.uniform(0, stage.width), dice.uniform(0, stage.height)
        drawn += circle(*place, 1.2 + 6.5 * near, "#ffffff", 0.75 - 0.5 * near)
    return drawn


def _leaves(stage: Stage) -> str:
    dice, tint = stage.dice, stage.palette
    drawn = ""
    for _ in range(34):
        x, y = dice.uniform(0, stage.width), dice.uniform(stage.height * 0.25, stage.height)
        leaf = oval(
            0,
            0,
            dice.uniform(5, 11),
            dice.uniform(2, 4),
            dice.choice((tint.bloom, tint.leaf, tint.lamp)),
            0.85,
        )
        drawn += f'<g transform="translate({x:.0f} {y:.0f}) rotate({dice.uniform(-50, 30):.0f})">{leaf}</g>'
    for _ in range(5):
        x, y = dice.uniform(0, stage.width * 0.7), dice.uniform(0.1, 0.6) * stage.height
        drawn += line(f"M{x:.0f} {y:.0f}q120 -30 240 0t220 -14", "#ffffff", 2, 0.16)
    return drawn
