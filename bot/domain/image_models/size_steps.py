"""What to draw where a model refuses a size in a ratio: the next larger size, else another ratio."""

from __future__ import annotations

from bot.domain.image_models.ratios import shape_of
from bot.domain.models import PIXELS, Ratio, Size
from bot.domain.request_rules import is_larger, sizes_up_to


def next_size(size: Size, largest: Size) -> Size | None:
    """Return the next larger size that costs no more, up to the server's largest; None if there is none."""
    larger: list[Size] = [
        each
        for each in sizes_up_to(largest)
        if is_larger(each, size) and quota_cost(each) <= quota_cost(size)
    ]
    return larger[0] if larger else None


def quota_cost(size: Size) -> int:
    """Return how many pictures of a daily limit one picture of a size takes: today the same at every size."""
    return 1


def nearest_ratio(ratio: Ratio) -> Ratio:
    """Return the other ratio with the closest shape."""
    others: list[Ratio] = [other for other in PIXELS["2K"] if other != ratio]
    return min(others, key=lambda other: abs(shape_of(other) - shape_of(ratio)))
