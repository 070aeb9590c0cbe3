"""Read the text of a picture, base64 or a data URL around it, run by run into a file.

The lowest floor of the streaming decode: it knows nothing of JSON, which ``reply`` has taken off.
"""

from __future__ import annotations

import re
from typing import BinaryIO

from pybase64 import b64decode

from bot.domain.errors import BadReply

_SLICE = 64 * 1024
_LONGEST_INTRO = 1024
_BLANK = b" \t\r\n\f\v"
_TO_STANDARD = bytes.maketrans(b"-_", b"+/")
_DATA_URL = re.compile(rb"data:[^,]*;[ ]*base64[ ]*", re.IGNORECASE)


class PictureText:
    """Decodes the text of one picture into a sink, in runs of any length.

    ``bare``: the text may be base64 alone; else it has to be a data URL. Text that is neither raises
    ValueError; a picture over ``limit``, in decoded bytes, raises BadReply.
    """

    def __init__(self, sink: BinaryIO, limit: int, *, bare: bool) -> None:
        self._base64 = _Base64(sink, limit)
        self._bare = bare
        self._intro: bytes | None = b""

    def feed(self, run: bytes | memoryview) -> None:
        """Take the next run, its JSON escapes resolved."""
        if self._intro is None:
            self._base64.feed(run)
        else:
            self._intro = (self._intro + run).lstrip(_BLANK)
            self._look_at_intro(self._intro)

    def finish(self) -> None:
        """Say that the text is over; an empty one raises ValueError."""
        if self._intro:
            self._start(self._intro)
        self._base64.finish()

    def _look_at_intro(self, intro: bytes) -> None:
        comma = intro.find(b",", 0, _LONGEST_INTRO)
        if not b"data:".startswith(intro[:5].lower()):
            self._start(intro)
        elif comma >= 0 and _DATA_URL.fullmatch(intro, 0, comma):
            self._bare = True
            self._start(intro[comma + 1 :])
        elif comma >= 0 or len(intro) > _LONGEST_INTRO:
            raise ValueError("not a base64 data URL")

    def _start(self, text: bytes) -> None:
        if not self._bare:
            raise ValueError("not a data URL")
        self._intro = None
        self._base64.feed(text)


class _Base64:
    """Base64 in runs of any length, decoded into a sink."""

    def __init__(self, sink: BinaryIO, limit: int) -> None:
        self._sink = sink
        self._room = limit
        self._left = b""
        self._over = False
        self._empty = True

    def feed(self, run: bytes | memoryview) -> None:
        view = memoryview(run)
        for start in range(0, len(view), _SLICE):
            self._decode(view[start : start + _SLICE])

    def finish(self) -> None:
        self._left = self._left.translate(_TO_STANDARD, _BLANK)
        self._decode(b"=" * (-len(self._left) % 4))
        if self._empty:
            raise ValueError("empty")

    def _decode(self, text: bytes | memoryview) -> None:
        if self._left:
            text = self._left + text
        try:
            self._write_quanta(text)
        except ValueError:  # it may still be wrapped in lines or of the URL-safe alphabet
            self._write_quanta(bytes(text).translate(_TO_STANDARD, _BLANK))

    def _write_quanta(self, text: bytes | memoryview) -> None:
        quanta = len(text) // 4
        if self._over and len(text):
            raise ValueError("something after the padding")
        decoded = b64decode(text[: 4 * quanta], validate=True)
        self._left = bytes(text[4 * quanta :])
        self._over = self._over or len(decoded) < 3 * quanta
        self._write(decoded)

    def _write(self, decoded: bytes) -> None:
        self._room -= len(decoded)
        if self._room < 0:
            raise BadReply("the picture is over the limit")
        self._empty = self._empty and not decoded
        rest = memoryview(decoded)
        while rest:
            rest = rest[self._sink.write(rest) :]
