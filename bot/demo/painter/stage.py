"""The stage a scene is drawn on: its extent in units, its colours and its dice."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random

from bot.demo.painter.palettes import Palette
from bot.demo.painter.prompt_scene import Scene


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """Where to draw; lengths are in units of a thousandth of the shorter side."""

    scene: Scene
    palette: Palette
    width: float
    height: float
    light: tuple[float, float]
    """Where the sun or moon stands."""
    dice: Random

    @property
    def span(self) -> float:
        """How large things are drawn: 1 on a square, a little more on tall pictures."""
        return min(1.35, (self.height / 1000) ** 0.6)

    @property
    def snowy(self) -> bool:
        """Whether snow lies."""
        return self.scene.weather == "snow" or self.scene.mood == "winter"


@dataclass(frozen=True, slots=True, kw_only=True)
class Land:
    """A landscape as SVG in the stage's units, and where its subject goes."""

    back: str
    front: str
    spot: tuple[float, float]
    """The ground under the subject's middle."""
    scale: float
    water: float | None = None
    """The height of the waterline, where there is water."""
    lights: str = ""
    """Light to be added over everything."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """A subject as SVG, its base at the origin, upwards negative, some 400 units tall."""

    body: str
    lights: str = ""
