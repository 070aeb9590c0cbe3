"""The limits of the image service for reference pictures."""

from __future__ import annotations

from bot.domain.errors import ReferenceUnusable

MAX_REFERENCE_BYTES = 10_000_000
MAX_REFERENCE_PIXELS = 36_000_000
_MIN_SIDE = 15
_MAX_ASPECT = 16
_ACCEPTED_TYPES = frozenset(
    {"png", "jpeg", "jpg", "pjpeg", "webp", "gif", "bmp", "x-bmp", "x-ms-bmp", "tiff"}
)


def within_limits(
    *,
    content_type: str | None,
    width: int | None,
    height: int | None,
    size: int | None,
    reference_bytes: int = MAX_REFERENCE_BYTES,
) -> None:
    """Raise ReferenceUnusable if the image service wouldn't accept such a picture.

    Sides in pixels, ``size`` in bytes. What is None or, for sides, 0 is unknown and accepted.
    """
    if content_type is not None:
        _require_type(content_type.partition(";")[0].strip().lower())
    if size is not None and size > reference_bytes:
        raise ReferenceUnusable("too-big", f"{size} bytes")
    if width and height:
        _require_shape(width, height)


def _require_type(content_type: str) -> None:
    family, _, name = content_type.partition("/")
    if family != "image":
        raise ReferenceUnusable("not-picture", content_type)
    if name not in _ACCEPTED_TYPES:
        raise ReferenceUnusable("format", content_type)


def _require_shape(width: int, height: int) -> None:
    sides = f"{width}x{height}"
    if min(width, height) < _MIN_SIDE:
        raise ReferenceUnusable("too-small", sides)
    if max(width, height) > _MAX_ASPECT * min(width, height):
        raise ReferenceUnusable("shape", sides)
    if width * height > MAX_REFERENCE_PIXELS:
        raise ReferenceUnusable("pixels", sides)
