"""Picture formats that the image service doesn't accept, told from a file's first bytes."""

from __future__ import annotations

import re
import struct

from bot.domain.models import FoundPicture

SIGNATURE_BYTES = 1_024
"""Every such format has its signature, and AVIF and HEIC most often their sides, within these."""

_FORMATS = {
    "avif": rb".{4}ftyp(?:avi[fs]|.{8}(?:.{4}){0,7}avif)",
    "heic": rb".{4}ftyp(?:he[iv][cmsx]|mif1|miaf|msf1)",
    "jxl": rb"\xff\x0a|\x00\x00\x00\x0cJXL ",
    "jp2": rb"\x00\x00\x00\x0cjP  |\xff\x4f\xff\x51",
    "vnd.adobe.photoshop": rb"8BPS",
    "vnd.microsoft.icon": rb"\x00\x00\x01\x00[\x01-\xff]\x00",
    "svg+xml": rb"(?:\xef\xbb\xbf)?\s*(?:<\?xml|<!--|<!doctype\s+svg|(?=<svg)).*<svg[\s>]",
}
_SIGNATURES = {name: re.compile(form, re.DOTALL | re.IGNORECASE) for name, form in _FORMATS.items()}
_SIDES = re.compile(rb"ispe\0\0\0\0(.{8})", re.DOTALL)
_SIDEWAYS = re.compile(rb"\0\0\0\x09irot[\x01\x03]")
"""A turn by 90 or 270 degrees."""


def found_other(url: str, start: bytes, size: int | None = None) -> FoundPicture | None:
    """Return the picture that begins with these bytes if it is in such a format; ``size`` in bytes."""
    form = next((name for name, signature in _SIGNATURES.items() if signature.match(start)), None)
    if form is None:
        return None
    width, height = sides_in(start) or (None, None)
    return FoundPicture(url=url, format=form, width=width, height=height, size=size, plain=False)


def sides_in(start: bytes) -> tuple[int, int] | None:
    """Return the sides of an AVIF or HEIC as they are seen, where they are within these bytes."""
    # Beside the picture itself, its tiles and its preview have sides, too.
    found = [struct.unpack(">II", sides) for sides in _SIDES.findall(start)]
    if not found:
        return None
    width, height = max(found, key=lambda sides: sides[0] * sides[1])
    return (height, width) if _SIDEWAYS.search(start) else (width, height)
