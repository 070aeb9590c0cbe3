"""The bytes of a stream from a parser's position on.

A parser is a generator that reads from the window and pauses where it needs more bytes. Bytes it has passed
are dropped, so the memory is one chunk, wherever in the stream the parser is.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Generator
from typing import Any


class ByteWindow:
    """The bytes from the parser's position on. Its methods pause until the bytes they need have arrived."""

    def __init__(self) -> None:
        self._bytes = bytearray()
        self._at = 0

    def append(self, chunk: bytes) -> None:
        """Add the next bytes and drop those that were passed."""
        del self._bytes[: self._at]
        self._at = 0
        self._bytes += chunk

    def peek(self, count: int) -> Generator[None, None, bytes]:
        """Return the next bytes without passing them."""
        while len(self._bytes) - self._at < count:
            yield
        return bytes(self._bytes[self._at : self._at + count])

    def unpack(self, form: str) -> Generator[None, None, tuple[Any, ...]]:
        """Read values in a format of ``struct``."""
        size = struct.calcsize(form)
        while len(self._bytes) - self._at < size:
            yield
        self._at += size
        return struct.unpack_from(form, self._bytes, self._at - size)

    def skip(self, count: int) -> Generator[None]:
        """Pass this many bytes."""
        while (missing := count - (len(self._bytes) - self._at)) > 0:
            self._at, count = len(self._bytes), missing
            yield
        self._at += count

    def skip_past(self, pattern: re.Pattern[bytes]) -> Generator[None, None, int]:
        """Skip what the pattern matches, any number of single bytes; return how many."""
        skipped = 0
        while True:
            found = pattern.match(self._bytes, self._at)
            start, self._at = self._at, found.end() if found else self._at
            skipped += self._at - start
            if self._at < len(self._bytes):
                return skipped
            yield

    def skip_to(self, pattern: re.Pattern[bytes], run: bytes) -> Generator[None, None, bool]:
        """Skip to a match of two bytes; return whether one chunk of what was skipped contains ``run``."""
        contains = False
        while True:
            found = pattern.search(self._bytes, self._at)
            start, self._at = self._at, found.start() if found else max(self._at, len(self._bytes) - 1)
            contains = contains or self._bytes.find(run, start, self._at) >= 0
            if found:
                return contains
            yield
