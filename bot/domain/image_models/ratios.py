"""How ratios compare."""

from __future__ import annotations

import math

from bot.domain.models import PIXELS, Ratio


def shape(width: float, height: float) -> float:
    """Return a number for a shape: 0 for a square, and as far from it for 2:1 as for 1:2."""
    return math.log(width / height)


def shape_of(ratio: Ratio) -> float:
    """Return the shape of a ratio's pictures."""
    return shape(*PIXELS["2K"][ratio])


def difference(one: Ratio, other: Ratio) -> float:
    """Return how much two shapes differ; 0 for the same."""
    return round(abs(shape_of(one) - shape_of(other)), 6)


def nearest_ratio(ratio: Ratio) -> Ratio:
    """Return the other ratio with the closest shape."""
    others: list[Ratio] = [other for other in PIXELS["2K"] if other != ratio]
    return min(others, key=lambda other: difference(other, ratio))
