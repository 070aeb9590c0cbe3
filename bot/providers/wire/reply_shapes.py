"""Where the replies of the services hold their picture."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplyShape:
    """The way from a reply's root to the object that holds the picture, and the picture's keys there.

    ``path`` has a key for each object to enter, and None for an element of a list. ``base64`` holds base64 or
    a data URL, ``data_url`` only the latter, ``address`` a data URL or the address of the picture.
    """

    path: tuple[bytes | None, ...]
    base64: bytes
    data_url: bytes | None = None
    address: bytes | None = None

    def opener(self, level: int) -> bytes:
        """Return what opens the container below ``level`` containers on the way; the root is the first."""
        return b"[" if level < len(self.path) and self.path[level] is None else b"{"


RELAY_REPLY = ReplyShape(path=(b"image",), base64=b"base64", data_url=b"dataUrl")
IMAGES_REPLY = ReplyShape(path=(b"data", None), base64=b"b64_json", address=b"url")
"""OpenAI's shape, which most other services copied."""
