"""The limits of the image service for reference pictures."""

from __future__ import annotations

from importlib.util import find_spec

from bot.domain.errors import ReferenceUnusable
from bot.domain.models import FoundPicture

MAX_REFERENCE_BYTES = 10_000_000
MAX_REFERENCE_PIXELS = 36_000_000
MAX_SOURCE_BYTES, MAX_SOURCE_PIXELS = 50_000_000, 150_000_000
"""Limits of what is copied."""
_MIN_SIDE = 15
_MAX_ASPECT = 16
_ACCEPTED_TYPES = frozenset(
    {"png", "jpeg", "jpg", "pjpeg", "webp", "gif", "bmp", "x-bmp", "x-ms-bmp", "tiff"}
)
_COPIED_TYPES = frozenset({"avif", "avif-sequence"})
"""Types that are read beside the accepted ones."""
_OPTIONAL_TYPES = {
    "heic": "HEIC",
    "heif": "HEIC",
    "heic-sequence": "HEIC",
    "heif-sequence": "HEIC",
    "jxl": "JPEG XL",
    "jp2": "JPEG 2000",
    "jpx": "JPEG 2000",
    "x-icon": "ICO",
    "vnd.microsoft.icon": "ICO",
}
"""Types that only the optional decoders read, as people know them."""


def within_limits(found: FoundPicture, *, reference_bytes: int = MAX_REFERENCE_BYTES) -> None:
    """Raise ReferenceUnusable if the image service wouldn't accept a picture; what is None is accepted."""
    if found.format is not None:
        _require_accepted(found.format)
    if found.size is not None and found.size > reference_bytes:
        raise ReferenceUnusable("too-big", f"{found.size} bytes")
    if found.width and found.height:
        _require_shape(found.width, found.height)


def needs_copy(found: FoundPicture) -> bool:
    """Whether the image service doesn't accept a picture as it is."""
    try:
        within_limits(found)
    except ReferenceUnusable:
        return True
    return False


def require_copyable(found: FoundPicture) -> None:
    """Raise ReferenceUnusable for a picture that can neither be used as it is nor copied."""
    if found.format is not None and found.format not in _ACCEPTED_TYPES | _COPIED_TYPES:
        _require_plugins(found.format)
    if found.size is not None and found.size > MAX_SOURCE_BYTES:
        raise ReferenceUnusable("too-big", f"{found.size} bytes")
    if found.width and found.height and found.width * found.height > MAX_SOURCE_PIXELS:
        raise ReferenceUnusable("pixels", f"{found.width}x{found.height}")


def picture_type(content_type: str | None) -> str | None:
    """Return the subtype of the MIME type image, in lower case; raise ReferenceUnusable for other types."""
    if content_type is None:
        return None
    family, _, name = content_type.partition(";")[0].strip().lower().partition("/")
    if family != "image":
        raise ReferenceUnusable("not-picture", content_type)
    return name


def _require_accepted(name: str) -> None:
    if name not in _ACCEPTED_TYPES:
        raise ReferenceUnusable("format", name)


def _require_plugins(name: str) -> None:
    """Raise for a type unless the optional decoders read it and are installed."""
    known = _OPTIONAL_TYPES.get(name)
    if known is None:
        raise ReferenceUnusable("format", name)
    if find_spec("pillow_heif") is None:
        raise ReferenceUnusable("unread-format", name, form=known)


def _require_shape(width: int, height: int) -> None:
    sides = f"{width}x{height}"
    if min(width, height) < _MIN_SIDE:
        raise ReferenceUnusable("too-small", sides)
    if max(width, height) > _MAX_ASPECT * min(width, height):
        raise ReferenceUnusable("shape", sides)
    if width * height > MAX_REFERENCE_PIXELS:
        raise ReferenceUnusable("pixels", sides)
