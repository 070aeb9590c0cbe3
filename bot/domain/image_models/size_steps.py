"""What to draw where a model refuses a size: the next larger one."""

from __future__ import annotations

from bot.domain.models import Size
from bot.domain.request_rules import is_larger, sizes_up_to


def next_size(size: Size, largest: Size) -> Size | None:
    """Return the next larger size, up to the server's largest; None if there is none.

    It counts as much: a picture's weight is that of its model.
    """
    return next((each for each in sizes_up_to(largest) if is_larger(each, size)), None)
