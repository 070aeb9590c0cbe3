"""The canvas a scene is drawn on: dimensions, colours and random numbers."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random

from bot.demo.painter.palettes import Palette
from bot.demo.painter.prompt_scene import Scene


@dataclass(frozen=True, slots=True, kw_only=True)
class Canvas:
    """What is drawn and where; lengths are in units of a thousandth of the shorter side."""

    scene: Scene
    palette: Palette
    width: float
    height: float
    light_position: tuple[float, float]
    """The position of the sun or moon."""
    rng: Random

    @property
    def size_factor(self) -> float:
        """The scale of subjects: 1 on a square, a little more on tall pictures."""
        return min(1.35, (self.height / 1000) ** 0.6)

    @property
    def snowy(self) -> bool:
        """Whether the ground is covered with snow."""
        return self.scene.weather == "snow" or self.scene.mood == "winter"


@dataclass(frozen=True, slots=True, kw_only=True)
class Landscape:
    """A landscape as SVG in canvas units, and where its subject goes."""

    back: str
    front: str
    anchor: tuple[float, float]
    """The point on the ground at which the subject is placed."""
    scale: float
    water: float | None = None
    """The y coordinate of the waterline, or None without water."""
    lights: str = ""
    """SVG of light to add over everything."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """A subject as SVG, its base at the origin, y pointing down, about 400 units tall."""

    body: str
    lights: str = ""
