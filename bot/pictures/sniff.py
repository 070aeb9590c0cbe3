"""Read a picture's format and size from its header."""

from __future__ import annotations

import re
import struct
from collections.abc import Callable

from bot.domain.models import Header, PictureFormat

MAX_HEADER_BYTES = 4 * 1024 * 1024
"""Bytes of a file to search: a long colour profile or provenance record can precede the size."""

_Size = tuple[int, int]


def sniff(head: bytes) -> Header | None:
    """Return format and size in pixels; None if unknown or if more bytes are needed."""
    for signature, read in _READERS:
        if signature.match(head):
            try:
                form, (width, height) = read(head)
            except (struct.error, IndexError, _Unreadable):
                return None
            return Header(format=form, width=width, height=height) if width > 0 < height else None
    return None


class _Unreadable(Exception):
    """The header is invalid."""


def _png(head: bytes) -> tuple[PictureFormat, _Size]:
    return "png", struct.unpack_from(">II", head, 16)


def _gif(head: bytes) -> tuple[PictureFormat, _Size]:
    return "gif", struct.unpack_from("<HH", head, 6)


def _jpeg(head: bytes) -> tuple[PictureFormat, _Size]:
    at = 2
    while True:
        if head[at] != 0xFF:
            raise _Unreadable
        marker = head[at + 1]
        if marker == 0xFF:  # a fill byte
            at += 1
        elif marker in _FRAMES:
            height, width = struct.unpack_from(">HH", head, at + 5)
            return "jpeg", (width, height)
        elif marker in _BARE_MARKERS:
            at += 2
        elif marker in _NO_FRAME_AFTER:
            raise _Unreadable
        else:
            at += 2 + max(2, struct.unpack_from(">H", head, at + 2)[0])


_FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
_BARE_MARKERS = frozenset({0x01, *range(0xD0, 0xD8)})
_NO_FRAME_AFTER = frozenset({0x00, 0xD8, 0xD9, 0xDA})


def _webp_lossy(head: bytes) -> tuple[PictureFormat, _Size]:
    if head[23:26] != b"\x9d\x01\x2a":
        raise _Unreadable
    width, height = struct.unpack_from("<HH", head, 26)
    return "webp", (width & 0x3FFF, height & 0x3FFF)


def _webp_lossless(head: bytes) -> tuple[PictureFormat, _Size]:
    signature, bits = struct.unpack_from("<BI", head, 20)
    if signature != 0x2F:
        raise _Unreadable
    return "webp", ((bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1)


def _webp_extended(head: bytes) -> tuple[PictureFormat, _Size]:
    low_w, high_w, low_h, high_h = struct.unpack_from("<HBHB", head, 24)
    return "webp", ((high_w << 16 | low_w) + 1, (high_h << 16 | low_h) + 1)


def _bmp(head: bytes) -> tuple[PictureFormat, _Size]:
    (kind,) = struct.unpack_from("<I", head, 14)
    if kind == 12:
        return "bmp", struct.unpack_from("<HH", head, 18)
    if kind not in (16, 40, 52, 56, 64, 108, 124):
        raise _Unreadable
    width, height = struct.unpack_from("<ii", head, 18)
    return "bmp", (width, abs(height))  # a negative height means top row first


def _tiff(head: bytes) -> tuple[PictureFormat, _Size]:
    order = "<" if head[:2] == b"II" else ">"
    (directory,) = struct.unpack_from(order + "I", head, 4)
    (count,) = struct.unpack_from(order + "H", head, directory)
    sides: dict[int, int] = {}
    for at in range(directory + 2, directory + 2 + 12 * count, 12):
        tag, kind = struct.unpack_from(order + "HH", head, at)
        if tag in (_TIFF_WIDTH, _TIFF_HEIGHT) and kind in _TIFF_NUMBERS:
            (sides[tag],) = struct.unpack_from(order + _TIFF_NUMBERS[kind], head, at + 8)
        if len(sides) == 2:
            return "tiff", (sides[_TIFF_WIDTH], sides[_TIFF_HEIGHT])
    raise _Unreadable


_TIFF_WIDTH, _TIFF_HEIGHT = 256, 257
_TIFF_NUMBERS = {3: "H", 4: "I"}

_READERS: tuple[tuple[re.Pattern[bytes], Callable[[bytes], tuple[PictureFormat, _Size]]], ...] = (
    (re.compile(rb"\x89PNG\r\n\x1a\n\0\0\0\rIHDR"), _png),
    (re.compile(rb"\xff\xd8\xff"), _jpeg),
    (re.compile(rb"RIFF.{4}WEBPVP8 ", re.DOTALL), _webp_lossy),
    (re.compile(rb"RIFF.{4}WEBPVP8L", re.DOTALL), _webp_lossless),
    (re.compile(rb"RIFF.{4}WEBPVP8X", re.DOTALL), _webp_extended),
    (re.compile(rb"GIF8[79]a"), _gif),
    (re.compile(rb"BM"), _bmp),
    (re.compile(rb"II\*\0|MM\0\*"), _tiff),
)
