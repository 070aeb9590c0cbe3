"""Bars of a chart, in the units of its drawing: styles would need an exception for inline ones."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

WIDTH, HEIGHT = 600, 120
_FEWEST = 7
"""Bars that fill the drawing: fewer would be wider than they are high."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    """A bar with its label, placed in a drawing of ``WIDTH`` × ``HEIGHT``."""

    label: str
    value: str
    x: float
    y: float
    width: float
    height: float


def bars(values: Mapping[str, tuple[float, str]]) -> list[Bar]:
    """Return a bar for each label, from its value and how that is written."""
    most = max((value for value, _ in values.values()), default=0.0) or 1.0
    step = WIDTH / max(_FEWEST, len(values))
    found: list[Bar] = []
    for number, (label, (value, text)) in enumerate(values.items()):
        height = round(HEIGHT * value / most, 1)
        bar = Bar(
            label=label,
            value=text,
            x=round(number * step + step * 0.1, 1),
            y=round(HEIGHT - height, 1),
            width=round(step * 0.8, 1),
            height=height,
        )
        found.append(bar)
    return found
