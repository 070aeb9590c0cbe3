"""Follow the containers of a reply that lead to its picture."""

from __future__ import annotations

from typing import Literal

from bot.providers.wire.reply_shapes import ReplyShape, TextKind

_CLOSERS = {b"{": b"}", b"[": b"]"}


class ReplyPath:
    """Where in a reply the decoder is; containers that lead nowhere are only counted."""

    def __init__(self, shape: ReplyShape) -> None:
        self._shape = shape
        self._closers: list[bytes] = []
        self._entered = 0
        self._way: list[bytes | None] = []
        self._key = b""
        self._expects: Literal["key", "value"] = "value"

    @property
    def depth(self) -> int:
        """How many containers are open."""
        return len(self._closers)

    @property
    def on_way(self) -> bool:
        """Whether the innermost open container leads to the picture, or none is open."""
        return len(self._closers) == self._entered

    @property
    def at_root(self) -> bool:
        """Whether the innermost open container is the outermost one."""
        return not self._way

    @property
    def expects_key(self) -> bool:
        """Whether the next string is a key."""
        return self.on_way and self._expects == "key"

    @property
    def text_kind(self) -> TextKind | None:
        """What a string here can be; None where it is no picture."""
        if not (self.on_way and self._closers):
            return None
        return self._shape.kind(self._way, self._own_key)

    def set_key(self, key: bytes) -> None:
        """Note a key without its escapes; the value after it belongs to it."""
        self._key = key

    def open(self, opener: bytes) -> None:
        """Open a container, ``{`` or ``[``."""
        if not self._closers:
            self._enter()
        elif self.on_way and self._expects == "value":
            key = self._own_key
            if self._shape.leads_on(self._way, key, opener):
                self._way.append(key)
                self._enter()
        self._closers.append(_CLOSERS[opener])
        self._expect_next()

    def close(self, closer: bytes) -> bool:
        """Close the innermost container; return False if ``closer`` doesn't fit."""
        leaves = self.on_way
        fits = bool(self._closers) and self._closers.pop() == closer
        if leaves and self._entered:
            self._entered -= 1
            del self._way[-1:]
            self._expect_next()
        return fits

    def separate(self, separator: bytes) -> None:
        """Go on to a value after ``:``, to the next member or element after ``,``."""
        if separator == b":":
            self._expects = "value"
        else:
            self._expect_next()

    @property
    def _own_key(self) -> bytes | None:
        return None if self._closers[-1] == b"]" else self._key

    def _enter(self) -> None:
        self._entered += 1

    def _expect_next(self) -> None:
        in_list = not self._closers or self._closers[-1] == b"]"
        if self.on_way:
            self._expects = "value" if in_list else "key"
