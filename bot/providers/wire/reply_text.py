"""What of a reply is no picture: it is counted, and its beginning is kept, as it may tell an error."""

from __future__ import annotations

from bot.domain.errors import BadReply
from bot.providers.wire.json_text import decoded_text

MAX_OTHER_BYTES = 2 * 1024 * 1024
"""The most bytes that belong to no picture."""
_MAX_TEXT = 64 * 1024


class ReplyText:
    """The bytes beside the pictures."""

    def __init__(self) -> None:
        self._count = 0
        self._text = bytearray()

    def note(self, data: bytes, start: int, end: int) -> None:
        """Count bytes and keep them; raise BadReply for too many."""
        self._count += end - start
        if self._count > MAX_OTHER_BYTES:
            raise BadReply("the reply is too long and has no picture so far")
        self.keep(data, start, end)

    def keep(self, data: bytes, start: int, end: int) -> None:
        """Keep bytes without counting them."""
        room = _MAX_TEXT - len(self._text)
        if room:
            self._text += data[start : min(end, start + room)]

    def decoded(self, charset: str | None) -> str:
        """Return what was kept, in the character set of the reply's header."""
        return decoded_text(bytes(self._text), charset)
