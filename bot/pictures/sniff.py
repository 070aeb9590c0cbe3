"""Read a picture's format and size from its header, chunk by chunk.

Each format has a parser that pauses where it needs more bytes. Bytes it has passed are dropped, so the work
is linear in the input and the memory is one chunk, however far into the file the size is.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Callable, Generator
from typing import NamedTuple

from bot.domain.models import Header, PictureFormat
from bot.pictures.checks.byte_window import ByteWindow

MAX_HEADER_BYTES = 4 * 1024 * 1024
"""Bytes of a file to search: a long colour profile or provenance record can precede the size."""
MAX_MARKERS = 1_024
"""JPEG markers to search. Real files have some hundred; 10 MB could hold millions, each a step in Python."""
MAX_TAGS = 256
"""TIFF tags to search. They are sorted, and width and height come first."""

UPRIGHT, FIRST_SIDEWAYS = 1, 5
"""EXIF's orientations: from the second on, a picture is seen with its sides swapped."""
SIGNATURE_BYTES = 16
"""Bytes from which the format can be told."""


def sniff(head: bytes) -> Header | None:
    """Return format and size in pixels; None if unknown or if more bytes are needed."""
    return HeaderReader().feed(head)


def format_of(head: bytes) -> PictureFormat | None:
    """Return the format that the first ``SIGNATURE_BYTES`` declare."""
    return next((form for signature, form, _ in _PARSERS if signature.match(head)), None)


class HeaderReader:
    """Reads the header of one picture, fed in chunks of any size."""

    def __init__(self) -> None:
        self._window = ByteWindow()
        self._parser = _parse(self._window)
        self._failed = False

    @property
    def failed(self) -> bool:
        """Whether no further bytes can make this a supported picture."""
        return self._failed

    def feed(self, chunk: bytes) -> Header | None:
        """Take the next bytes; return the header once it is complete."""
        if self._failed:
            return None
        self._window.append(chunk)
        try:
            next(self._parser)
        except StopIteration as parsed:
            return parsed.value
        except _InvalidError:
            self._failed = True
        return None


class _InvalidError(Exception):
    """The bytes are no header of a supported picture."""


class _Found(NamedTuple):
    width: int
    height: int
    plain: bool = True
    orientation: int = UPRIGHT


_Parser = Generator[None, None, _Found]


def _parse(window: ByteWindow) -> Generator[None, None, Header]:
    head = yield from window.peek(SIGNATURE_BYTES)
    for signature, form, parse in _PARSERS:
        if signature.match(head):
            found = yield from parse(window)
            if found.width > 0 < found.height:
                return Header(
                    format=form,
                    width=found.width,
                    height=found.height,
                    plain=found.plain and found.orientation == UPRIGHT,
                    sideways=found.orientation >= FIRST_SIDEWAYS,
                )
    raise _InvalidError


def _png(window: ByteWindow) -> _Parser:
    width, height, bits = yield from window.unpack(">16xIIB")
    return _Found(width, height, plain=bits <= _PLAIN_BITS)


def _gif(window: ByteWindow) -> _Parser:
    width, height = yield from window.unpack("<6xHH")
    return _Found(width, height)


def _jpeg(window: ByteWindow) -> _Parser:
    yield from window.skip(2)
    orientation = UPRIGHT
    for _ in range(MAX_MARKERS):
        # Decoders ignore other bytes between markers, too.
        yield from window.skip_past(_NOT_A_MARKER)
        yield from window.skip_past(_FILL_BYTES)
        (marker,) = yield from window.unpack("B")
        if marker in _FRAMES:
            bits, height, width, components = yield from window.unpack(">2xBHHB")
            plain = bits == _PLAIN_BITS and components in _PLAIN_COMPONENTS
            return _Found(width, height, plain, orientation)
        if marker in _NO_FRAME_AFTER:
            break
        if marker not in _BARE_MARKERS:
            (length,) = yield from window.unpack(">H")
            length = max(0, length - 2)
            if marker == _EXIF_MARKER:
                exif = yield from window.peek(min(length, _EXIF_BYTES))
                orientation = orientation_in(exif) or orientation
            yield from window.skip(length)
    raise _InvalidError


def orientation_in(exif: bytes) -> int | None:
    """Return the orientation, from 1 to 8, in the beginning of a JPEG's EXIF segment."""
    found = _EXIF_START.match(exif)
    if found is None:
        return None
    tiff, order = exif[found.end() - 4 :], "<" if found[1].startswith(b"II") else ">"
    try:
        (directory,) = struct.unpack_from(order + "I", tiff, 4)
        (count,) = struct.unpack_from(order + "H", tiff, directory)
        for number in range(min(count, MAX_TAGS)):
            tag, value = struct.unpack_from(order + "H6xH", tiff, directory + 2 + 12 * number)
            if tag == _ORIENTATION_TAG:
                return value if UPRIGHT <= value <= _LAST_ORIENTATION else None
    except struct.error:
        pass
    return None


_EXIF_MARKER, _ORIENTATION_TAG, _LAST_ORIENTATION = 0xE1, 0x112, 8
_EXIF_BYTES = 4_096
"""Bytes of a segment in which the orientation is looked for: it is among the first tags."""
_EXIF_START = re.compile(rb"Exif\0\0(II\*\0|MM\0\*)")
_PLAIN_BITS, _PLAIN_COMPONENTS = 8, frozenset({1, 3})
_NOT_A_MARKER = re.compile(rb"[^\xff]++")
_FILL_BYTES = re.compile(rb"\xff++")
_FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
_BARE_MARKERS = frozenset({0x00, 0x01, *range(0xD0, 0xD8)})
_NO_FRAME_AFTER = frozenset({0xD8, 0xD9, 0xDA})


def _webp_lossy(window: ByteWindow) -> _Parser:
    code, width, height = yield from window.unpack("<23x3sHH")
    if code != b"\x9d\x01\x2a":
        raise _InvalidError
    return _Found(width & 0x3FFF, height & 0x3FFF)


def _webp_lossless(window: ByteWindow) -> _Parser:
    code, bits = yield from window.unpack("<20xBI")
    if code != 0x2F:
        raise _InvalidError
    return _Found((bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1)


def _webp_extended(window: ByteWindow) -> _Parser:
    flags, low_width, high_width, low_height, high_height = yield from window.unpack("<20xB3xHBHB")
    width, height = (high_width << 16 | low_width) + 1, (high_height << 16 | low_height) + 1
    return _Found(width, height, plain=not flags & _WEBP_ANIMATED)


_WEBP_ANIMATED = 0x02


def _bmp(window: ByteWindow) -> _Parser:
    (kind,) = yield from window.unpack("<14xI")
    if kind == 12:
        width, height = yield from window.unpack("<HH")
        return _Found(width, height)
    if kind not in (16, 40, 52, 56, 64, 108, 124):
        raise _InvalidError
    width, height = yield from window.unpack("<ii")
    return _Found(width, abs(height))  # a negative height means top row first


def _tiff(window: ByteWindow) -> _Parser:
    order = "<" if (yield from window.peek(2)) == b"II" else ">"
    (directory,) = yield from window.unpack(order + "4xI")
    if directory < 8:
        raise _InvalidError
    yield from window.skip(directory - 8)
    (count,) = yield from window.unpack(order + "H")
    sides: dict[int, int] = {}
    for _ in range(min(count, MAX_TAGS)):
        tag, kind, value = yield from window.unpack(order + "HH4x4s")
        if tag in (_TIFF_WIDTH, _TIFF_HEIGHT) and kind in _TIFF_NUMBERS:
            (sides[tag],) = struct.unpack_from(order + _TIFF_NUMBERS[kind], value)
        if len(sides) == 2:
            # Its tags allow anything.
            return _Found(sides[_TIFF_WIDTH], sides[_TIFF_HEIGHT], plain=False)
    raise _InvalidError


_TIFF_WIDTH, _TIFF_HEIGHT = 256, 257
_TIFF_NUMBERS = {3: "H", 4: "I"}

_PARSERS: tuple[tuple[re.Pattern[bytes], PictureFormat, Callable[[ByteWindow], _Parser]], ...] = (
    (re.compile(rb"\x89PNG\r\n\x1a\n\0\0\0\rIHDR"), "png", _png),
    (re.compile(rb"\xff\xd8\xff"), "jpeg", _jpeg),
    (re.compile(rb"RIFF.{4}WEBPVP8 ", re.DOTALL), "webp", _webp_lossy),
    (re.compile(rb"RIFF.{4}WEBPVP8L", re.DOTALL), "webp", _webp_lossless),
    (re.compile(rb"RIFF.{4}WEBPVP8X", re.DOTALL), "webp", _webp_extended),
    (re.compile(rb"GIF8[79]a"), "gif", _gif),
    (re.compile(rb"BM"), "bmp", _bmp),
    (re.compile(rb"II\*\0|MM\0\*"), "tiff", _tiff),
)
