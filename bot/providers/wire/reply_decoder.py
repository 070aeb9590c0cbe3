"""Find the picture in a reply while it arrives, so that it is never held in memory as a whole.

The reply is JSON, such as ``{"image": {"base64": ..., "dataUrl": ...}, ...}``, in any key order. Only the
strings at exactly the paths of its ``ReplyShape`` count; everything else is skipped without validation. This
module finds the strings, ``base64_decoder`` decodes them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Literal, cast

from bot.domain.errors import BadReply
from bot.providers.wire.base64_decoder import PictureDecoder, PictureSink
from bot.providers.wire.json_text import (
    ESCAPED,
    LEADING_BLANKS,
    PARTIAL_ESCAPE,
    SKIPPABLE,
    STRING,
    TOKEN,
    match_end,
    reports_error,
    unescaped,
    unescaped_key,
    unescaped_text,
)
from bot.providers.wire.reply_shapes import RELAY_REPLY, ReplyShape

MAX_TOKENS = 10_000
"""Each is a step in Python. A real reply has some ten; after these, no picture is looked for."""
MAX_OTHER_BYTES = 2 * 1024 * 1024
"""The most bytes that belong to no picture."""

_MAX_TEXT = 64 * 1024
_SLICE = 64 * 1024
_STATES_PER_STEP = 128
_LONGEST_TEXT = 4
"""Bytes for each byte of a picture: base64 takes 4/3, some characters are escaped, and it may come twice."""
_MAX_DEPTH = 256
_MAX_KEY = 64
_MAX_ADDRESS = 8192
_DATA_SCHEME = b"data:"

_CLOSERS = {b"{": b"}", b"[": b"]"}

_State = Callable[["ReplyDecoder", bytes, int], int]


class ReplyDecoder:
    """Decodes the picture of a reply that is fed in chunks of any size, and writes it to a sink."""

    def __init__(self, sink: PictureSink, *, limit: int, shape: ReplyShape = RELAY_REPLY) -> None:
        self._sink = sink
        self._shape = shape
        self._limit = limit
        self._max_bytes = _LONGEST_TEXT * limit + MAX_OTHER_BYTES
        self._received = 0
        self._other_bytes = 0
        self._tokens = 0
        self._pending = b""
        self._text = bytearray()
        self._stack: list[bytes] = []
        self._level = 0
        self._key = b""
        self._expects: Literal["key", "value"] = "value"
        self._picture: PictureDecoder | None = None
        self._raw_address = bytearray()
        self._address: str | None = None
        self._problem = ""
        self._complete = False
        self._state: _State = ReplyDecoder._in_leading_blanks

    @property
    def complete(self) -> bool:
        """Whether the sink holds a complete picture."""
        return self._complete

    @property
    def address(self) -> str | None:
        """The picture's address, if the reply named one."""
        return self._address

    def feed(self, chunk: bytes) -> bool:
        """Decode the next bytes; return True once the picture is complete and no more input is needed."""
        for _ in self.feed_in_steps(chunk):
            pass
        return self._complete

    def feed_in_steps(self, chunk: bytes) -> Iterator[None]:
        """Decode like ``feed``, yielding every few milliseconds so that other tasks can run."""
        self._received += len(chunk)
        if self._received > self._max_bytes and not self._complete:
            raise BadReply("the reply is too long and has no picture so far")
        for start in range(0, len(chunk), _SLICE):
            yield from self._run(self._pending + chunk[start : start + _SLICE])

    def close(self) -> str:
        """Return the text of a body that has ended; raise BadReply if it ended within a picture."""
        text = self._text.decode("utf-8-sig", errors="replace")
        if self._picture is not None:
            raise BadReply("the picture is cut off")
        if self._problem and not reports_error(text):
            raise BadReply(self._problem)
        return text

    def _run(self, data: bytes) -> Iterator[None]:
        at, steps = 0, 0
        while not self._complete and at < len(data):
            state = self._state
            end = state(self, data, at)
            if state not in (ReplyDecoder._in_picture, ReplyDecoder._after_rejection):
                self._note_other(data, at, end)
            if end == at and state is self._state:
                break
            at = end
            steps += 1
            if steps % _STATES_PER_STEP == 0:
                yield
        self._pending = data[at:]
        yield

    # Each state consumes data from a position and returns the position it reached. A state that consumes
    # nothing and doesn't change needs more bytes: the rest is kept until they arrive.

    def _in_leading_blanks(self, data: bytes, at: int) -> int:
        at = match_end(LEADING_BLANKS, data, at)
        if at < len(data):
            self._state = ReplyDecoder._between_tokens if data[at] == ord("{") else ReplyDecoder._skip_rest
        return at

    def _skip_rest(self, data: bytes, at: int) -> int:
        return len(data)

    def _between_tokens(self, data: bytes, at: int) -> int:
        at_target_level = len(self._stack) == self._level
        if not at_target_level:
            at = match_end(SKIPPABLE, data, at)
        found = TOKEN.search(data, at)
        if found is None:
            return len(data)
        self._handle_token(found[0], at_target_level=at_target_level)
        return found.end()

    def _handle_token(self, token: bytes, *, at_target_level: bool) -> None:
        self._tokens += 1
        if self._tokens > MAX_TOKENS:
            self._state = ReplyDecoder._skip_rest
        elif token == b'"':
            self._open_string(at_target_level=at_target_level)
        elif token in _CLOSERS:
            self._open_container(token, at_target_level=at_target_level)
        elif token in b"}]":
            self._close_container(token, at_target_level=at_target_level)
        elif at_target_level:
            self._expects = "value" if token == b":" else self._next_in_container()

    def _open_container(self, token: bytes, *, at_target_level: bool) -> None:
        entered = not self._stack or (at_target_level and self._leads_to_picture(token))
        self._stack.append(_CLOSERS[token])
        if entered:
            self._level += 1
            self._expects = self._next_in_container()
        if len(self._stack) > _MAX_DEPTH:
            self._state = ReplyDecoder._skip_rest

    def _leads_to_picture(self, token: bytes) -> bool:
        """Whether a container that is opened is the next one on the way to the picture."""
        path, level = self._shape.path, self._level
        if self._expects != "value" or level > len(path) or token != self._shape.opener(level):
            return False
        return path[level - 1] in (None, self._key)

    def _next_in_container(self) -> Literal["key", "value"]:
        return "value" if self._stack and self._stack[-1] == b"]" else "key"

    def _close_container(self, token: bytes, *, at_target_level: bool) -> None:
        if self._stack.pop() != token:
            self._state = ReplyDecoder._skip_rest
        if at_target_level:
            self._level -= 1
            self._expects = self._next_in_container()
        if not self._stack:
            self._state = ReplyDecoder._skip_rest

    def _open_string(self, *, at_target_level: bool) -> None:
        if at_target_level and self._expects == "key":
            self._key = b""
            self._state = ReplyDecoder._in_key
            return
        holds_picture = at_target_level and self._level == len(self._shape.path) + 1
        if holds_picture and self._key in (self._shape.base64, self._shape.data_url):
            self._open_picture(bare=self._key == self._shape.base64)
        elif holds_picture and self._key == self._shape.address:
            self._raw_address.clear()
            self._state = ReplyDecoder._before_address
        else:
            self._state = ReplyDecoder._in_string

    def _open_picture(self, *, bare: bool) -> None:
        self._picture = PictureDecoder(self._sink, self._limit, bare=bare)
        self._state = ReplyDecoder._in_picture

    def _before_address(self, data: bytes, at: int) -> int:
        start = data[at : at + len(_DATA_SCHEME)]
        if start.lower() == _DATA_SCHEME:
            self._open_picture(bare=False)
        elif len(start) == len(_DATA_SCHEME) or b'"' in start:
            self._state = ReplyDecoder._in_address
        return at

    def _in_address(self, data: bytes, at: int) -> int:
        end = match_end(STRING, data, at)
        self._raw_address += data[at : min(end, at + _MAX_ADDRESS + 1)]
        if len(self._raw_address) > _MAX_ADDRESS:
            raise BadReply("the picture's address is too long")
        if data[end : end + 1] != b'"':
            return end
        self._address = self._address or unescaped_text(bytes(self._raw_address)) or None
        self._state = ReplyDecoder._between_tokens
        return end + 1

    def _in_string(self, data: bytes, at: int) -> int:
        end = match_end(STRING, data, at)
        if data[end : end + 1] != b'"':
            return end
        self._state = ReplyDecoder._between_tokens
        return end + 1

    def _in_key(self, data: bytes, at: int) -> int:
        end = match_end(STRING, data, at)
        if len(self._key) <= _MAX_KEY:
            self._key += data[at : min(end, at + _MAX_KEY + 1)]
        if data[end : end + 1] != b'"':
            return end
        self._key = unescaped_key(self._key) if len(self._key) <= _MAX_KEY else b""
        self._state = ReplyDecoder._between_tokens
        return end + 1

    def _in_picture(self, data: bytes, at: int) -> int:
        try:
            return self._run_of_picture(data, at)
        except ValueError as error:
            self._reject_picture(f"the picture is not usable: {error}")
            return at

    def _run_of_picture(self, data: bytes, at: int) -> int:
        picture = cast("PictureDecoder", self._picture)
        end = data.find(b'"', at)
        stop = end if end >= 0 else len(data)
        if data.find(b"\\", at, stop) < 0:
            picture.feed(memoryview(data)[at:stop])
        else:
            stop = match_end(ESCAPED, data, at)
            picture.feed(unescaped(data[at:stop]))
        if data[stop : stop + 1] == b'"':
            picture.finish()
            self._complete = True
            return stop + 1
        if stop < len(data) and not PARTIAL_ESCAPE.fullmatch(data, stop):
            self._reject_picture("the picture is not usable: bad escape")
        return stop

    def _after_rejection(self, data: bytes, at: int) -> int:
        end = self._in_string(data, at)
        if self._state is ReplyDecoder._between_tokens:
            self._append_text(b'"', 0, 1)
        return end

    def _reject_picture(self, trouble: str) -> None:
        self._sink.restart()
        self._picture = None
        self._problem = trouble
        self._state = ReplyDecoder._after_rejection

    def _note_other(self, data: bytes, start: int, end: int) -> None:
        self._other_bytes += end - start
        if self._other_bytes > MAX_OTHER_BYTES:
            raise BadReply("the reply is too long and has no picture so far")
        self._append_text(data, start, end)

    def _append_text(self, data: bytes, start: int, end: int) -> None:
        room = _MAX_TEXT - len(self._text)
        if room:
            self._text += data[start : min(end, start + room)]
