"""Pictures that members attach to messages."""

from __future__ import annotations

import pyvips


def photo(width: int, height: int) -> bytes:
    """Return a JPEG of these dimensions, with a gradient."""
    place = pyvips.Image.xyz(width, height)
    red, green = place.extract_band(0) * (255 / width), place.extract_band(1) * (255 / height)
    colours = red.bandjoin([green, 255 - red]).cast("uchar").copy(interpretation="srgb")
    return bytes(colours.jpegsave_buffer())
