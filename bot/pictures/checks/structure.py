"""Check a picture's structure while its bytes arrive, as far as that is possible without decoding it."""

from __future__ import annotations

from typing import Protocol

from bot.domain.errors import BadReply
from bot.domain.models import Header, PictureFormat
from bot.pictures.checks.decoding import Decoding
from bot.pictures.checks.jpeg_structure import JpegStructure
from bot.pictures.checks.png_structure import PngStructure
from bot.pictures.sniff import MAX_HEADER_BYTES, SIGNATURE_BYTES, HeaderReader, format_of

FORMATS: frozenset[PictureFormat] = frozenset({"png", "jpeg", "webp", "gif"})


class PictureStructure:
    """The structure of one picture, fed in chunks of any size. Raises BadReply where it is broken."""

    def __init__(self, max_pixels: int) -> None:
        self._max_pixels = max_pixels
        self._reader = HeaderReader()
        self._header: Header | None = None
        self._unread = b""
        self._fed = 0
        self._structure: _Structure | None = None

    def feed(self, chunk: bytes) -> None:
        """Take the next bytes."""
        if self._header is None:
            self._read_header(chunk)
        if self._structure is None:
            chunk = self._unread = self._unread + chunk
            self._structure = _structure_of(chunk)
        if self._structure is not None:
            self._unread = b""
            self._structure.feed(chunk)

    def close(self) -> tuple[Header, Decoding]:
        """Return the header, and how far the picture still has to be decoded, once all bytes were fed."""
        if self._header is None or self._structure is None:
            raise BadReply(_NO_PICTURE)
        if not self._structure.complete:
            raise BadReply(f"the {self._header.format} is cut off")
        return self._header, self._structure.decoding

    def _read_header(self, chunk: bytes) -> None:
        self._header = self._reader.feed(chunk)
        self._fed += len(chunk)
        if self._header is None and (self._reader.failed or self._fed > MAX_HEADER_BYTES):
            raise BadReply(_NO_PICTURE)
        if self._header is not None:
            check_pixels(self._header.width, self._header.height, self._max_pixels)


class UnknownStructure:
    """Stands for a format whose structure tells less than a decoder."""

    complete = True
    decoding: Decoding = "complete"

    def feed(self, chunk: bytes) -> None:
        """Take the next bytes."""


def check_pixels(width: int, height: int, most: int) -> None:
    """Raise BadReply for a picture of more pixels."""
    if width * height > most:
        raise BadReply(f"{width}x{height} is more than {most} pixels")


class _Structure(Protocol):
    @property
    def complete(self) -> bool: ...

    @property
    def decoding(self) -> Decoding: ...

    def feed(self, chunk: bytes) -> None: ...


_NO_PICTURE = "not a PNG, JPEG, WebP or GIF"


def _structure_of(head: bytes) -> _Structure | None:
    if len(head) < SIGNATURE_BYTES:
        return None
    form = format_of(head)
    if form not in FORMATS:
        raise BadReply(_NO_PICTURE)
    return {"jpeg": JpegStructure, "png": PngStructure}.get(form, UnknownStructure)()
