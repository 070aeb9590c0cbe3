"""Check the structure of a PNG, chunk by chunk: the order of its parts and their checksums, up to the end."""

from __future__ import annotations

import struct
from zlib import crc32

from bot.domain.errors import BadReply
from bot.pictures.checks.decoding import Decoding

MAX_CHUNKS = 65_536
"""The most chunks of a file: each is a step in Python, and 64 MB could hold five million."""
SMALL_PIXELS = 1_000_000
"""Up to this size, decoding all of a picture costs a few milliseconds."""
PLAUSIBLE_RATIO = 4
"""Photographs and drawings with grain are compressed less than this."""

_SIGNATURE_BYTES = 8
_HEAD = struct.Struct(">I4s")
_CHECKSUM = struct.Struct(">I")
_HEADER = struct.Struct(">IIBBxxB")
_SAMPLES = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}
"""Samples per pixel of each colour type."""
_CRITICAL = frozenset({b"IHDR", b"PLTE", b"IDAT", b"IEND"})
_LONGEST = 0x7FFFFFFF


class PngStructure:
    """The structure of one PNG, fed in chunks of any size; bytes after its end are ignored."""

    def __init__(self) -> None:
        self.complete = False
        self._rest = b""
        self._to_skip = _SIGNATURE_BYTES
        self._kind = b""
        self._left = 0
        self._checksum = 0
        self._chunks = 0
        self._header = b""
        self._data = _ImageData()

    @property
    def decoding(self) -> Decoding:
        """How far the picture still has to be decoded.

        Inflating costs as much as decoding. A large photograph in several chunks isn't inflated: a stream
        that was cut ends in a chunk as long as the others, and one of a few rows is far too short.
        """
        width, height, depth, colours, interlaced = _HEADER.unpack(self._header)
        raw_bytes = width * height * depth * _SAMPLES.get(colours, 1) // 8
        is_plausible = raw_bytes <= PLAUSIBLE_RATIO * self._data.size and self._data.ends_short
        if width * height <= SMALL_PIXELS or not is_plausible:
            return "complete"
        return "header" if interlaced else "first row"

    def feed(self, chunk: bytes) -> None:
        """Take the next bytes; raise BadReply where they can't be part of a PNG."""
        if self.complete:
            return
        data = self._rest + chunk if self._rest else chunk
        at = min(self._to_skip, len(data))
        self._to_skip -= at
        if not self._to_skip:
            at = self._read_chunks(memoryview(data), at)
        self._rest = data[at:]

    def _read_chunks(self, data: memoryview, at: int) -> int:
        # One loop with few calls: a file has thousands of chunks.
        while not self.complete:
            if not self._kind:
                if len(data) - at < _HEAD.size:
                    break
                self._open(*_HEAD.unpack_from(data, at))
                at += _HEAD.size
            if self._left:
                piece = data[at : at + self._left]
                self._checksum = crc32(piece, self._checksum)
                if self._kind == b"IHDR":
                    self._header += piece
                self._left -= len(piece)
                at += len(piece)
            if self._left or len(data) - at < _CHECKSUM.size:
                break
            self._close(*_CHECKSUM.unpack_from(data, at))
            at += _CHECKSUM.size
        return at

    def _open(self, length: int, kind: bytes) -> None:
        self._chunks += 1
        is_critical = not kind[0] & 0x20
        if length > _LONGEST or not kind.isalpha() or (is_critical and kind not in _CRITICAL):
            raise BadReply("the png has a chunk that no png has")
        if self._chunks > MAX_CHUNKS:
            raise BadReply("the png has too many chunks")
        if (kind == b"IHDR") != (self._chunks == 1) or (kind == b"IHDR" and length != _HEADER.size):
            raise BadReply("the png has no single header")
        self._data.note(kind, length)
        self._kind, self._left, self._checksum = kind, length, crc32(kind)

    def _close(self, checksum: int) -> None:
        # Decoders ignore damage to text, colour profiles and other parts that no pixel depends on.
        if self._kind in _CRITICAL and checksum != self._checksum:
            raise BadReply("the png is damaged: a checksum is wrong")
        if self._kind == b"IEND":
            self.complete = True
        self._kind = b""


class _ImageData:
    """The IDAT chunks of a PNG, which must follow each other."""

    def __init__(self) -> None:
        self.size = 0
        self._count = 0
        self._first = self._last = 0
        self._previous = b""

    @property
    def ends_short(self) -> bool:
        """Whether the last chunk is shorter than the others, as where a stream ends by itself."""
        return self._count > 1 and self._last < self._first

    def note(self, kind: bytes, length: int) -> None:
        if kind == b"IDAT":
            if self._count and self._previous != b"IDAT":
                raise BadReply("the png has its data in two places")
            self._first = self._first if self._count else length
            self._last = length
            self._count += 1
            self.size += length
        elif kind == b"IEND" and not self._count:
            raise BadReply("the png has no data")
        self._previous = kind
