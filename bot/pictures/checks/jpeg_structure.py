"""Check the structure of a JPEG, chunk by chunk: its segments, and its scans up to the end of the picture."""

from __future__ import annotations

import re
from collections.abc import Generator

from bot.domain.errors import BadReply
from bot.pictures.checks.byte_window import ByteWindow
from bot.pictures.checks.decoding import Decoding

MAX_MARKERS = 2_048
"""Markers outside of scans. Real files have some hundred; 64 MB could hold millions, each a Python step."""

_END = 0xD9
_SCAN = 0xDA
_FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
_PROGRESSIVE = frozenset({0xC2, 0xC6, 0xCA, 0xCE})
_WITHOUT_LENGTH = frozenset({0x00, 0x01, *range(0xD0, 0xD8)})
_WITH_LENGTH = _FRAMES | {0xC4, 0xCC, *range(0xDA, 0xDE), *range(0xE0, 0xF0), 0xFE}

_NOT_A_MARKER = re.compile(rb"[^\xff]++")
_FILL_BYTES = re.compile(rb"\xff++")
_END_OF_SCAN = re.compile(rb"\xff[^\x00\xd0-\xd7\xff]")
_ZEROS = bytes(1024)
"""In a scan, this many zeros are a lost block or a large area of a single colour: only a decoder can tell."""


class JpegStructure:
    """The structure of one JPEG, fed in chunks of any size; bytes after its end are ignored."""

    def __init__(self) -> None:
        self.complete = False
        self._window = ByteWindow()
        self._parser = self._parse()
        self._progressive = False
        self._scans = 0
        self._has_zeros = False
        self._has_extra_bytes = False

    @property
    def decoding(self) -> Decoding:
        """How far the picture still has to be decoded."""
        if self._has_zeros:
            # A strict decoder doesn't accept extra bytes between segments, though they do no harm.
            return "complete" if self._has_extra_bytes else "strict"
        return "header" if self._progressive else "first row"

    def feed(self, chunk: bytes) -> None:
        """Take the next bytes; raise BadReply where they can't be part of a JPEG."""
        if self.complete:
            return
        self._window.append(chunk)
        try:
            next(self._parser)
        except StopIteration:
            self.complete = True

    def _parse(self) -> Generator[None]:
        yield from self._window.skip(2)
        for _ in range(MAX_MARKERS):
            marker = yield from self._next_marker()
            if marker == _END and self._scans:
                return
            if marker not in _WITHOUT_LENGTH:
                yield from self._segment(marker)
        raise BadReply("the jpeg has too many markers")

    def _next_marker(self) -> Generator[None, None, int]:
        extra = yield from self._window.skip_past(_NOT_A_MARKER)
        self._has_extra_bytes = self._has_extra_bytes or extra > 0
        yield from self._window.skip_past(_FILL_BYTES)
        (marker,) = yield from self._window.unpack("B")
        return marker

    def _segment(self, marker: int) -> Generator[None]:
        if marker not in _WITH_LENGTH:
            raise BadReply("the jpeg has a marker that no jpeg has")
        (length,) = yield from self._window.unpack(">H")
        if length < 2:
            raise BadReply("the jpeg has a segment without a length")
        yield from self._window.skip(length - 2)
        self._progressive = self._progressive or marker in _PROGRESSIVE
        if marker == _SCAN:
            self._scans += 1
            has_zeros = yield from self._window.skip_to(_END_OF_SCAN, _ZEROS)
            self._has_zeros = self._has_zeros or has_zeros
