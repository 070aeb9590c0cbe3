"""Pictures, and what the relay needs to generate one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Literal

Ratio = Literal["1:1", "16:9", "9:16", "4:3", "3:4", "3:2", "2:3", "21:9"]
Size = Literal["1K", "2K", "4K"]
PictureFormat = Literal["png", "jpeg", "webp", "gif", "bmp", "tiff"]

PIXELS: dict[Size, dict[Ratio, tuple[int, int]]] = {
    "1K": {
        "1:1": (1024, 1024),
        "16:9": (1280, 720),
        "9:16": (720, 1280),
        "4:3": (1152, 864),
        "3:4": (864, 1152),
        "3:2": (1152, 768),
        "2:3": (768, 1152),
        "21:9": (1280, 549),
    },
    "2K": {
        "1:1": (2048, 2048),
        "16:9": (2560, 1440),
        "9:16": (1440, 2560),
        "4:3": (2304, 1728),
        "3:4": (1728, 2304),
        "3:2": (2304, 1536),
        "2:3": (1536, 2304),
        "21:9": (2560, 1097),
    },
    "4K": {
        "1:1": (4096, 4096),
        "16:9": (5120, 2880),
        "9:16": (2880, 5120),
        "4:3": (4608, 3456),
        "3:4": (3456, 4608),
        "3:2": (4608, 3072),
        "2:3": (3072, 4608),
        "21:9": (5120, 2194),
    },
}
"""Width and height in pixels; 2K is the relay's own table, the others are scaled from it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageRequest:
    """One call of the relay; ``reference`` and ``more_references`` are public http(s) URLs."""

    prompt: str
    ratio: Ratio = "1:1"
    size: Size = "2K"
    model: str | None = None
    reference: str | None = None
    more_references: tuple[str, ...] = ()
    """Those after the first, in order."""

    @property
    def references(self) -> tuple[str, ...]:
        """All references in order."""
        return () if self.reference is None else (self.reference, *self.more_references)

    def with_references(self, urls: Sequence[str]) -> ImageRequest:
        """Return the request with these references instead."""
        return replace(self, reference=urls[0] if urls else None, more_references=tuple(urls[1:]))


@dataclass(frozen=True, slots=True, kw_only=True)
class Header:
    """What a picture's first bytes declare; ``width`` and ``height`` are those of the stored pixels."""

    format: PictureFormat
    width: int
    height: int
    plain: bool = True
    """Whether every decoder shows it alike: upright, 8 bits, grey or RGB, not animated."""
    sideways: bool = False
    """Whether it is seen with its sides swapped."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """A complete, decodable picture on disk; ``format`` is read from its bytes."""

    path: Path
    format: PictureFormat
    width: int
    height: int
    paid_before: bool = False
    """Whether an earlier call paid for it, and this one wasn't made."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ResultAddress:
    """Where a service keeps a picture that it drew, which is to be downloaded into a job's ``folder``."""

    id: str
    url: str = field(repr=False)
    folder: Path


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundPicture:
    """A picture at a URL, as far as its first bytes tell; what they don't tell is None.

    Sides in pixels, as they are seen; ``size`` in bytes. ``format`` is a subtype of the MIME type image, and
    ``plain`` that of ``Header``.
    """

    url: str
    format: str | None
    width: int | None
    height: int | None
    size: int | None
    plain: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownPicture:
    """A picture that a job's card shows, under ``name``, while others are still drawn.

    An edit that keeps it names its attachment. ``reencoded`` if it was made to fit the upload limit; the
    other fields are of the picture as it was drawn.
    """

    number: int
    """Which of the job's pictures it is, from 1."""
    attachment_id: int
    name: str
    format: PictureFormat
    width: int
    height: int
    reencoded: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Reference:
    """The source picture of a remix, checked against the relay's limits."""

    url: str
    format: PictureFormat
    width: int
    height: int
