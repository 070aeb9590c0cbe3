"""Decode the relay's reply while it arrives: the picture goes to disk, never whole into memory.

The reply is JSON, ``{"image": {"base64": ..., "dataUrl": ...}, ...}`` in any key order. Only the strings at
exactly those two paths count. The rest is walked over, not validated. This module finds them in the JSON;
what is within them is read in ``base64text``.
"""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import AsyncIterable, Callable, Generator, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, Literal, cast

from bot.domain.errors import BadReply
from bot.providers.base64_text import PictureText

_KEPT = 64 * 1024
_PIECE = 64 * 1024
_TURN = 1024
_SLACK = 16 * 1024 * 1024
_DEEPEST = 256
_LONGEST_KEY = 64

_BEFORE = re.compile(rb"[ \t\r\n\xef\xbb\xbf]*+")
_TOKEN = re.compile(rb'["{}\[\],:]')
_ELSEWHERE = re.compile(rb'(?:[^"{}\[\]]++|"(?:[^"\\]++|\\.)*+")*+', re.DOTALL)
_STRING = re.compile(rb'(?:[^"\\]++|\\.)*+', re.DOTALL)
_ESCAPED = re.compile(rb'(?:[^"\\]++|\\["\\/bfnrt]|\\u[0-9a-fA-F]{4})*+')
_BEGUN_ESCAPE = re.compile(rb"\\(?:u[0-9a-fA-F]{0,3})?")

_CLOSERS = {b"{": b"}", b"[": b"]"}

_Step = Callable[["ReplyDecoder", bytes, int], int]


async def receive(chunks: AsyncIterable[bytes], file: Path, *, limit: int) -> str | None:
    """Spool the reply's picture into ``file``, or give back the body's text where it has no picture.

    Stops reading as soon as the picture is whole; the caller closes the response. Chunks of 64 KiB
    (``content.iter_chunked(65_536)``) cost the least time and memory. The text is the first
    64 KiB, without pictures' strings. ``limit`` is in decoded bytes. Raises BadReply for a picture that is
    cut off, broken, empty or over the limit; whatever goes wrong, ``file`` exists only after None.
    """
    with _spooling(file, limit) as decoder:
        async for chunk in chunks:
            for _ in decoder.turns(chunk):
                await asyncio.sleep(0)
            if decoder.whole:
                return None
        return decoder.close()


class ReplyDecoder:
    """Takes a reply's bytes in any pieces and writes its picture, decoded, to a sink."""

    def __init__(self, sink: BinaryIO, *, limit: int) -> None:
        self._sink = sink
        self._limit = limit
        self._most = 10 * limit + _SLACK
        self._seen = 0
        self._held = b""
        self._kept = bytearray()
        self._stack: list[bytes] = []
        self._level = 0
        self._key = b""
        self._wants: Literal["key", "value"] = "value"
        self._picture: PictureText | None = None
        self._trouble = ""
        self._whole = False
        self._step: _Step = ReplyDecoder._before

    @property
    def whole(self) -> bool:
        """Whether a picture is in the sink, complete."""
        return self._whole

    def feed(self, chunk: bytes) -> bool:
        """Take the next bytes; True once a picture is whole, and then nothing more is needed."""
        for _ in self.turns(chunk):
            pass
        return self._whole

    def turns(self, chunk: bytes) -> Iterator[None]:
        """Take the next bytes as ``feed`` does, stopping every few milliseconds to let others work."""
        self._seen += len(chunk)
        if self._seen > self._most and not self._whole:
            raise BadReply("the reply goes on without a picture")
        for start in range(0, len(chunk), _PIECE):
            yield from self._walk(self._held + chunk[start : start + _PIECE])

    def close(self) -> str:
        """Say that the body is over: gives its text, raises BadReply where a picture had begun."""
        text = self._kept.decode("utf-8-sig", errors="replace")
        if self._picture is not None:
            raise BadReply("the picture is cut off")
        if self._trouble and not _tells_of_an_error(text):
            raise BadReply(self._trouble)
        return text

    def _walk(self, data: bytes) -> Iterator[None]:
        at, steps = 0, 0
        while not self._whole and at < len(data):
            step = self._step
            upto = step(self, data, at)
            if step not in (ReplyDecoder._in_picture, ReplyDecoder._in_remains):
                self._keep(data, at, upto)
            if upto == at and step is self._step:
                break
            at = upto
            steps += 1
            if steps % _TURN == 0:
                yield
        self._held = data[at:]
        yield

    # Each step reads data from a place on and returns how far it came. One that comes nowhere and
    # stays the current step has to see more bytes: the rest is held until they are there.

    def _before(self, data: bytes, at: int) -> int:
        at = _end(_BEFORE, data, at)
        if at < len(data):
            self._step = ReplyDecoder._between if data[at] == ord("{") else ReplyDecoder._after
        return at

    def _after(self, data: bytes, at: int) -> int:
        return len(data)

    def _between(self, data: bytes, at: int) -> int:
        here = len(self._stack) == self._level
        if not here:
            at = _end(_ELSEWHERE, data, at)
        found = _TOKEN.search(data, at)
        if found is None:
            return len(data)
        self._take(found[0], here=here)
        return found.end()

    def _take(self, token: bytes, *, here: bool) -> None:
        if token == b'"':
            self._open_string(here=here)
        elif token in _CLOSERS:
            self._open(token, here=here)
        elif token in b"}]":
            self._shut(token, here=here)
        elif here:
            self._wants = "value" if token == b":" else "key"

    def _open(self, token: bytes, *, here: bool) -> None:
        inward = here and self._wants == "value" and token == b"{"
        if not self._stack or (inward and self._level == 1 and self._key == b"image"):
            self._level += 1
            self._wants = "key"
        self._stack.append(_CLOSERS[token])
        if len(self._stack) > _DEEPEST:
            self._step = ReplyDecoder._after

    def _shut(self, token: bytes, *, here: bool) -> None:
        if self._stack.pop() != token:
            self._step = ReplyDecoder._after
        if here:
            self._level -= 1
            self._wants = "key"
        if not self._stack:
            self._step = ReplyDecoder._after

    def _open_string(self, *, here: bool) -> None:
        if here and self._wants == "key":
            self._key = b""
            self._step = ReplyDecoder._in_key
        elif here and self._level == 2 and self._key in (b"base64", b"dataUrl"):
            self._picture = PictureText(self._sink, self._limit, bare=self._key == b"base64")
            self._step = ReplyDecoder._in_picture
        else:
            self._step = ReplyDecoder._in_string

    def _in_string(self, data: bytes, at: int) -> int:
        end = _end(_STRING, data, at)
        if data[end : end + 1] != b'"':
            return end
        self._step = ReplyDecoder._between
        return end + 1

    def _in_key(self, data: bytes, at: int) -> int:
        end = _end(_STRING, data, at)
        if len(self._key) <= _LONGEST_KEY:
            self._key += data[at : min(end, at + _LONGEST_KEY + 1)]
        if data[end : end + 1] != b'"':
            return end
        self._key = _unescaped_key(self._key)
        self._step = ReplyDecoder._between
        return end + 1

    def _in_picture(self, data: bytes, at: int) -> int:
        try:
            return self._run_of_picture(data, at)
        except ValueError as error:
            self._condemn(f"the picture is not usable: {error}")
            return at

    def _run_of_picture(self, data: bytes, at: int) -> int:
        picture = cast("PictureText", self._picture)
        end = data.find(b'"', at)
        stop = end if end >= 0 else len(data)
        if data.find(b"\\", at, stop) < 0:
            picture.feed(memoryview(data)[at:stop])
        else:
            stop = _end(_ESCAPED, data, at)
            picture.feed(_unescaped(data[at:stop]))
        if data[stop : stop + 1] == b'"':
            picture.finish()
            self._whole = True
            return stop + 1
        if stop < len(data) and not _BEGUN_ESCAPE.fullmatch(data, stop):
            self._condemn("the picture is not usable: bad escape")
        return stop

    def _in_remains(self, data: bytes, at: int) -> int:
        end = self._in_string(data, at)
        if self._step is ReplyDecoder._between:
            self._keep(b'"', 0, 1)
        return end

    def _condemn(self, trouble: str) -> None:
        self._sink.seek(0)
        self._sink.truncate()
        self._picture = None
        self._trouble = trouble
        self._step = ReplyDecoder._in_remains

    def _keep(self, data: bytes, start: int, end: int) -> None:
        room = _KEPT - len(self._kept)
        if room:
            self._kept += data[start : min(end, start + room)]


@contextmanager
def _spooling(file: Path, limit: int) -> Generator[ReplyDecoder]:
    with file.open("wb", buffering=0) as sink:
        decoder = ReplyDecoder(sink, limit=limit)
        try:
            yield decoder
        finally:
            if not decoder.whole:
                file.unlink(missing_ok=True)


def _end(pattern: re.Pattern[bytes], data: bytes, at: int) -> int:
    found = pattern.match(data, at)
    return found.end() if found else at


def _unescaped(text: bytes) -> bytes:
    if b"\\\\" in text:
        raise ValueError("a backslash")
    return text.replace(b"\\/", b"/").decode("unicode_escape").encode("ascii")


def _unescaped_key(raw: bytes) -> bytes:
    if len(raw) > _LONGEST_KEY:
        return b""
    try:
        key: str = json.loads(b'"%s"' % raw, strict=False)
    except ValueError:
        return b""
    return key.encode(errors="replace")


def _tells_of_an_error(text: str) -> bool:
    try:
        body: object = json.loads(text)
    except (ValueError, RecursionError):
        return False
    if not isinstance(body, dict):
        return False
    return any(cast("dict[str, object]", body).get(key) for key in ("error", "message", "code"))
