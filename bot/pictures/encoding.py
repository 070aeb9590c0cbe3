"""Encode a picture as JPEG or WebP at a given quality; stop early if it won't fit into a limit."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Literal

import pyvips

from bot.pictures.provenance import metadata_bytes

Target = Literal["jpeg", "webp"]
SUFFIXES: dict[Target, str] = {"jpeg": ".jpg", "webp": ".webp"}
BEST_QUALITY, LOWEST_QUALITY = 95, 40
"""The range of qualities within which a picture keeps its dimensions."""
LARGE = 6_000_000
"""From this many pixels a JPEG uses the standard Huffman tables: optimizing them holds it in memory twice."""

FIRST_SHARE = 1 / 12
"""The share of a picture that is encoded before its size is compared with that share of a limit."""

_KEEP_NOTHING, _KEEP_ALL = 0, 31
"""libvips' flags for the metadata to keep."""


def encode(image: pyvips.Image, path: Path, target: Target, quality: int) -> int:
    """Encode into a file with the picture's metadata; return the file's size."""
    image, options = _prepared(image, target, quality)
    image.write_to_file(str(path), **options, keep=_KEEP_ALL)
    return path.stat().st_size


def encode_within(image: pyvips.Image, path: Path, quality: int, limit: int) -> bool:
    """Encode an opaque picture as JPEG; return False as soon as it seems not to fit into ``limit`` bytes."""
    image, watch = image.copy(), _SizeWatch(path, limit, metadata_bytes(image))
    image.set_progress(True)
    image.signal_connect("eval", watch.compare)
    path.write_bytes(b"")  # emptied, as the first rows are compared before the encoder opens it
    try:
        # Optimizing the Huffman tables would write nothing before the end.
        image.jpegsave(str(path), Q=quality, optimize_coding=False, subsample_mode="auto", keep=_KEEP_ALL)
    except pyvips.Error:
        if not watch.exceeded:
            raise
    return not watch.exceeded and path.stat().st_size <= limit


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


class _SizeWatch:
    """Stops the encoding of a picture once its file takes more than its share of a limit."""

    def __init__(self, path: Path, limit: int, metadata: int) -> None:
        self.exceeded = False
        self._path = path
        self._limit = limit - metadata
        self._metadata = metadata

    def compare(self, image: pyvips.Image, progress: Any) -> None:
        """Compare the file with the share that is encoded; libvips calls it after every few rows."""
        share = max(FIRST_SHARE, progress.npels / progress.tpels)
        if self._path.stat().st_size - self._metadata > self._limit * share:
            self.exceeded = True
            image.set_kill(True)
