"""What to draw where a model refuses a size in a ratio: the next larger size, else another ratio."""

from __future__ import annotations

from bot.domain.image_models.ratios import shape_of
from bot.domain.models import PIXELS, Ratio, Size
from bot.domain.request_rules import is_larger, sizes_up_to


def next_size(size: Size, largest: Size) -> Size | None:
    """Return the next larger size, up to the server's largest; None if there is none.

    It counts as much: a picture's weight is that of its model.
    """
    return next((each for each in sizes_up_to(largest) if is_larger(each, size)), None)


def nearest_ratio(ratio: Ratio) -> Ratio:
    """Return the other ratio with the closest shape."""
    others: list[Ratio] = [other for other in PIXELS["2K"] if other != ratio]
    return min(others, key=lambda other: abs(shape_of(other) - shape_of(ratio)))
