"""Encode a picture as JPEG or WebP at a given quality."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Literal

import pyvips

Target = Literal["jpeg", "webp"]
SUFFIXES: dict[Target, str] = {"jpeg": ".jpg", "webp": ".webp"}
BEST_QUALITY, LOWEST_QUALITY = 95, 40
"""The range of qualities within which a picture keeps its dimensions."""
LARGE = 6_000_000
"""From this many pixels a JPEG uses the standard Huffman tables: optimizing them holds it in memory twice."""

_KEEP_NOTHING, _KEEP_ALL = 0, 31
"""libvips' flags for the metadata to keep."""


def encode(image: pyvips.Image, path: Path, target: Target, quality: int) -> int:
    """Encode into a file with the picture's metadata; return the file's size."""
    image, options = _prepared(image, target, quality)
    image.write_to_file(str(path), **options, keep=_KEEP_ALL)
    return path.stat().st_size


def encoded_size(image: pyvips.Image, target: Target, quality: int, *, metadata: bool) -> int:
    """Return the bytes that a picture takes, with or without its metadata."""
    image, options = _prepared(image, target, quality)
    keep = _KEEP_ALL if metadata else _KEEP_NOTHING
    return len(image.write_to_buffer(SUFFIXES[target], **options, keep=keep))


def _prepared(image: pyvips.Image, target: Target, quality: int) -> tuple[pyvips.Image, dict[str, Any]]:
    if target == "webp":
        return image, {"Q": quality, "effort": 2}
    opaque = image.flatten() if image.hasalpha() else image
    optimize = image.width * image.height < LARGE
    return opaque, {"Q": quality, "optimize_coding": optimize, "subsample_mode": "auto"}
