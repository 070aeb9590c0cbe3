"""Decode a picture's text, bare base64 or a data URL, chunk by chunk into a file.

The lowest layer of the streaming decoder: ``reply_decoder`` has already removed the JSON around the text.
"""

from __future__ import annotations

import re
from typing import Protocol

from pybase64 import b64decode

from bot.domain.errors import BadReply

_SLICE = 64 * 1024
_MAX_PREFIX = 1024
_BLANK = b" \t\r\n\f\v"
_TO_STANDARD = bytes.maketrans(b"-_", b"+/")
_DATA_URL = re.compile(rb"data:[^,]*;[ ]*base64[ ]*", re.IGNORECASE)


class PictureSink(Protocol):
    """Takes a picture's bytes."""

    def write(self, data: bytes, /) -> object:
        """Take the next bytes, all of them."""
        ...

    def restart(self) -> None:
        """Drop the bytes so far: others follow."""
        ...


class PictureDecoder:
    """Decodes one picture's text into a sink, in chunks of any length.

    With ``bare`` the text may be plain base64; otherwise it must be a data URL. Raises ValueError for text
    that is neither, BadReply for a picture of more than ``limit`` decoded bytes.
    """

    def __init__(self, sink: PictureSink, limit: int, *, bare: bool) -> None:
        self._base64 = _Base64Decoder(sink, limit)
        self._bare = bare
        self._prefix: bytes | None = b""

    def feed(self, chunk: bytes | memoryview) -> None:
        """Decode the next chunk, with its JSON escapes already resolved."""
        if self._prefix is None:
            self._base64.feed(chunk)
        else:
            self._prefix = (self._prefix + chunk).lstrip(_BLANK)
            self._parse_prefix(self._prefix)

    def finish(self) -> None:
        """Decode what is left at the end of the text; raise ValueError for an empty one."""
        if self._prefix:
            self._start(self._prefix)
        self._base64.finish()

    def _parse_prefix(self, prefix: bytes) -> None:
        comma = prefix.find(b",", 0, _MAX_PREFIX)
        if not b"data:".startswith(prefix[:5].lower()):
            self._start(prefix)
        elif comma >= 0 and _DATA_URL.fullmatch(prefix, 0, comma):
            self._bare = True
            self._start(prefix[comma + 1 :])
        elif comma >= 0 or len(prefix) > _MAX_PREFIX:
            raise ValueError("not a base64 data URL")

    def _start(self, text: bytes) -> None:
        if not self._bare:
            raise ValueError("not a data URL")
        self._prefix = None
        self._base64.feed(text)


class _Base64Decoder:
    """Decodes base64 into a sink, in chunks of any length."""

    def __init__(self, sink: PictureSink, limit: int) -> None:
        self._sink = sink
        self._remaining = limit
        self._pending = b""
        self._ended = False
        self._empty = True

    def feed(self, chunk: bytes | memoryview) -> None:
        view = memoryview(chunk)
        for start in range(0, len(view), _SLICE):
            self._decode(view[start : start + _SLICE])

    def finish(self) -> None:
        self._pending = self._pending.translate(_TO_STANDARD, _BLANK)
        self._decode(b"=" * (-len(self._pending) % 4))
        if self._empty:
            raise ValueError("empty")

    def _decode(self, text: bytes | memoryview) -> None:
        if self._pending:
            text = self._pending + text
        try:
            self._write_quanta(text)
        except ValueError:  # it may be wrapped into lines or use the URL-safe alphabet
            self._write_quanta(bytes(text).translate(_TO_STANDARD, _BLANK))

    def _write_quanta(self, text: bytes | memoryview) -> None:
        quanta = len(text) // 4
        if self._ended and len(text):
            raise ValueError("data after the padding")
        decoded = b64decode(text[: 4 * quanta], validate=True)
        self._pending = bytes(text[4 * quanta :])
        self._ended = self._ended or len(decoded) < 3 * quanta
        self._write(decoded)

    def _write(self, decoded: bytes) -> None:
        self._remaining -= len(decoded)
        if self._remaining < 0:
            raise BadReply("the picture is over the limit")
        self._empty = self._empty and not decoded
        self._sink.write(decoded)
