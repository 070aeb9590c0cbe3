"""Find the picture in a reply while it arrives, so that it is never held in memory as a whole.

The reply is JSON in any key order, in which only the strings that its ``ReplyShape`` names count; everything
else is skipped without validation. This module finds the strings, ``reply_path`` knows where they are,
``base64_decoder`` decodes them.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from typing import cast

from bot.domain.errors import BadReply
from bot.providers.wire.base64_decoder import PictureDecoder, PictureSink
from bot.providers.wire.json_text import (
    ESCAPED,
    EVENT_FIELDS,
    LEADING_BLANKS,
    PARTIAL_ESCAPE,
    PICTURE_IN_BASE64,
    PICTURE_START,
    PICTURE_STARTS,
    SKIPPABLE,
    STRING,
    TOKEN,
    WEB_ADDRESS,
    match_end,
    reports_error,
    unescaped,
    unescaped_key,
)
from bot.providers.wire.reply_address import ReplyAddress
from bot.providers.wire.reply_path import ReplyPath
from bot.providers.wire.reply_shapes import RELAY_REPLY, ReplyShape, TextKind
from bot.providers.wire.reply_text import MAX_OTHER_BYTES, ReplyText

MAX_TOKENS = 10_000
"""Each is a step in Python. A real reply has some ten; after these, no picture is looked for."""
_SLICE = 64 * 1024
_STATES_PER_STEP = 128
_LONGEST_TEXT = 4
"""Bytes for each byte of a picture: base64 takes 4/3, some characters are escaped, and it may come twice."""
_MAX_DEPTH = 256
_MAX_KEY = 64
_EVENT_DATA = b"data:"
_LONGEST_FIELD = max(map(len, EVENT_FIELDS))

_State = Callable[["ReplyDecoder", bytes, int], int]


class ReplyDecoder:
    """Decodes the picture of a reply that is fed in chunks of any size, and writes it to a sink.

    ``given`` are addresses that are none of the picture.
    """

    def __init__(
        self,
        sink: PictureSink,
        *,
        limit: int,
        shape: ReplyShape = RELAY_REPLY,
        given: Collection[str] = (),
    ) -> None:
        self._sink = sink
        self._shape = shape
        self._limit = limit
        self._max_bytes = _LONGEST_TEXT * limit + MAX_OTHER_BYTES
        self._received = 0
        self._tokens = 0
        self._pending = b""
        self._text = ReplyText()
        self._path = ReplyPath(shape)
        self._raw_key = b""
        self._kind: TextKind = "unknown"
        self._picture: PictureDecoder | None = None
        self._address = ReplyAddress(given)
        self._problem = ""
        self._complete = False
        self._state: _State = ReplyDecoder._before_document

    @property
    def complete(self) -> bool:
        """Whether the sink holds a complete picture."""
        return self._complete

    @property
    def address(self) -> str | None:
        """The picture's address, if the reply named one."""
        return self._address.url

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

    def close(self, charset: str | None = None) -> str:
        """Return the text of a body that has ended; raise BadReply if it ended within a picture."""
        if self._picture is not None:
            raise BadReply("the picture is cut off")
        if self._state is ReplyDecoder._before_document:
            self._text.keep(self._pending, 0, len(self._pending))
        self._complete = self._complete or self._state is ReplyDecoder._in_picture_itself
        text = self._text.decoded(charset)
        if self._problem and not reports_error(text):
            raise BadReply(self._problem)
        return text

    def _run(self, data: bytes) -> Iterator[None]:
        in_picture = (type(self)._in_picture, type(self)._in_picture_itself, type(self)._after_rejection)
        at, steps = 0, 0
        while not self._complete and at < len(data):
            state = self._state
            end = state(self, data, at)
            if state not in in_picture:
                self._text.note(data, at, end)
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

    def _before_document(self, data: bytes, at: int) -> int:
        at = match_end(LEADING_BLANKS, data, at)
        rest = data[at : at + _LONGEST_FIELD]
        fields = EVENT_FIELDS if self._shape.several else ()
        if rest[:1] == b"{" or (rest[:1] == b"[" and self._shape.several):
            self._state = ReplyDecoder._between_tokens
        elif rest.startswith(PICTURE_STARTS):
            self._state = ReplyDecoder._in_picture_itself
        elif rest.startswith(fields):
            if rest.startswith(_EVENT_DATA):
                return at + len(_EVENT_DATA)
            self._state = ReplyDecoder._in_event_field
        elif rest and not any(each.startswith(rest) for each in (*fields, *PICTURE_STARTS)):
            self._state = ReplyDecoder._skip_rest
        return at

    def _in_picture_itself(self, data: bytes, at: int) -> int:
        if self._received > self._limit:
            raise BadReply("the picture is over the limit")
        self._sink.write(data[at:])
        return len(data)

    def _in_event_field(self, data: bytes, at: int) -> int:
        end = data.find(b"\n", at)
        if end < 0:
            return len(data)
        self._state = ReplyDecoder._before_document
        return end

    def _skip_rest(self, data: bytes, at: int) -> int:
        return len(data)

    def _between_tokens(self, data: bytes, at: int) -> int:
        if not self._path.on_way:
            at = match_end(SKIPPABLE, data, at)
        found = TOKEN.search(data, at)
        if found is None:
            return len(data)
        self._handle_token(found[0])
        return found.end()

    def _handle_token(self, token: bytes) -> None:
        self._tokens += 1
        if self._tokens > MAX_TOKENS:
            self._state = ReplyDecoder._skip_rest
        elif token == b'"':
            self._open_string()
        elif token in b"{[":
            self._path.open(token)
            if self._path.depth > _MAX_DEPTH:
                self._state = ReplyDecoder._skip_rest
        elif token in b"}]":
            self._close_container(token)
        elif self._path.on_way:
            self._path.separate(token)

    def _close_container(self, token: bytes) -> None:
        if not self._path.close(token):
            self._state = ReplyDecoder._skip_rest
        elif not self._path.depth:
            self._state = ReplyDecoder._before_document if self._shape.several else ReplyDecoder._skip_rest

    def _open_string(self) -> None:
        if self._path.expects_key:
            self._raw_key = b""
            self._state = ReplyDecoder._in_key
        elif (kind := self._path.text_kind) is None:
            self._state = ReplyDecoder._in_string
        elif kind in ("base64", "data-url"):
            self._open_picture(bare=kind == "base64")
        else:
            self._kind = kind
            self._address.begin()
            self._state = ReplyDecoder._before_text

    def _open_picture(self, *, bare: bool) -> None:
        self._picture = PictureDecoder(self._sink, self._limit, bare=bare)
        self._state = ReplyDecoder._in_picture

    def _before_text(self, data: bytes, at: int) -> int:
        """Decide by its beginning what a string is that can be several things."""
        start = data[at : at + PICTURE_START]
        end = start.find(b'"')
        if end < 0 and len(start) < PICTURE_START:
            return at
        start = start if end < 0 else start[: end + 1]
        if start[:5].lower() == b"data:":
            self._open_picture(bare=False)
        elif PICTURE_IN_BASE64.match(start):
            self._open_picture(bare=True)
        elif self._kind == "address" or WEB_ADDRESS.match(start):
            self._state = ReplyDecoder._in_address
        else:
            self._state = ReplyDecoder._in_string
        return at

    def _in_address(self, data: bytes, at: int) -> int:
        end = match_end(STRING, data, at)
        self._address.add(data, at, end)
        if data[end : end + 1] != b'"':
            return end
        self._address.finish(at_root=self._path.at_root)
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
        if len(self._raw_key) <= _MAX_KEY:
            self._raw_key += data[at : min(end, at + _MAX_KEY + 1)]
        if data[end : end + 1] != b'"':
            return end
        self._path.set_key(unescaped_key(self._raw_key) if len(self._raw_key) <= _MAX_KEY else b"")
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
            self._text.keep(b'"', 0, 1)
        return end

    def _reject_picture(self, trouble: str) -> None:
        self._sink.restart()
        self._picture = None
        self._problem = trouble
        self._state = ReplyDecoder._after_rejection
