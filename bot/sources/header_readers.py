"""Reading the header of a picture that arrives in chunks."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from bot.domain.models import FoundPicture, Header


class HeaderReader(Protocol):
    """Reads the header of one picture, fed in chunks."""

    @property
    def failed(self) -> bool:
        """Whether no further bytes can make this a supported picture."""
        ...

    def feed(self, chunk: bytes) -> Header | None:
        """Take the next bytes; return the header once it is complete."""
        ...


Sniff = Callable[[bytes], Header | None]
"""Reads a header from a file's first bytes; None if it is unknown or incomplete."""


def new_reader(sniff: Sniff | type[HeaderReader]) -> HeaderReader:
    """Return a reader for one picture."""
    return sniff() if isinstance(sniff, type) else _RepeatedSniff(sniff)


def found_picture(url: str, header: Header, size: int | None = None) -> FoundPicture:
    """Return the picture of a header, with its sides as they are seen; ``size`` in bytes."""
    width, height = (header.height, header.width) if header.sideways else (header.width, header.height)
    return FoundPicture(
        url=url, format=header.format, width=width, height=height, size=size, plain=header.plain
    )


class _RepeatedSniff:
    """Keeps what has arrived and calls a function again each time that this has doubled."""

    _LONG_HEADERS = (b"\xff\xd8\xff", b"II*\0", b"MM\0*")
    """JPEG and TIFF: any amount of other data can precede their size."""
    _SHORT_HEADER = 1_024
    """Bytes; every other format has its size within these."""

    def __init__(self, sniff: Sniff) -> None:
        self._sniff = sniff
        self._head = bytearray()
        self._next = 0

    @property
    def failed(self) -> bool:
        return len(self._head) >= self._SHORT_HEADER and not self._head.startswith(self._LONG_HEADERS)

    def feed(self, chunk: bytes) -> Header | None:
        self._head += chunk
        if chunk and len(self._head) < self._next:
            return None
        self._next = 2 * len(self._head)
        return self._sniff(bytes(self._head))
