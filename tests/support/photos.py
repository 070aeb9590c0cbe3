"""Pictures that members attach to messages."""

from __future__ import annotations

import pyvips


def photo(width: int, height: int) -> bytes:
    """Return a JPEG of these dimensions, with a gradient."""
    place = pyvips.Image.xyz(width, height)
    red, green = place.extract_band(0) * (255 / width), place.extract_band(1) * (255 / height)
    colours = red.bandjoin([green, 255 - red]).cast("uchar").copy(interpretation="srgb")
    return bytes(colours.jpegsave_buffer())


def turned_photo() -> bytes:
    """Return a photo of 120×80 pixels that is seen upright, at 80×120, and tells where it was taken."""
    image = pyvips.Image.jpegload_buffer(photo(120, 80)).copy()
    image.set_type(pyvips.GValue.gint_type, "orientation", 6)
    image.set_type(pyvips.GValue.gstr_type, "exif-ifd3-GPSLatitude", "52/1 30/1 0/1")
    return bytes(image.jpegsave_buffer())
