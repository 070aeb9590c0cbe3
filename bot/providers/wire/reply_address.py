"""The address by which a reply names its picture."""

from __future__ import annotations

from collections.abc import Collection

from bot.domain.errors import BadReply
from bot.providers.wire.json_text import unescaped_text

_MAX_LENGTH = 8192


class ReplyAddress:
    """Keeps the first address of a reply, apart from those in ``given``.

    One at the root gives way to another one: it may be that of something else.
    """

    def __init__(self, given: Collection[str]) -> None:
        self.url: str | None = None
        self._given = given
        self._at_root = False
        self._raw = bytearray()

    def begin(self) -> None:
        """Begin to read the text of an address."""
        self._raw.clear()

    def add(self, data: bytes, start: int, end: int) -> None:
        """Add the next bytes, with their JSON escapes; raise BadReply for too many."""
        self._raw += data[start : min(end, start + _MAX_LENGTH + 1)]
        if len(self._raw) > _MAX_LENGTH:
            raise BadReply("the picture's address is too long")

    def finish(self, *, at_root: bool) -> None:
        """Keep the address that was read if it is to be preferred."""
        address = unescaped_text(bytes(self._raw))
        if not address or address in self._given:
            return
        if self.url is None or (self._at_root and not at_root):
            self.url, self._at_root = address, at_root
