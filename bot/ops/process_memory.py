"""Process-wide settings that keep memory use and garbage collection pauses low."""

from __future__ import annotations

import ctypes
import gc
from contextlib import suppress

import pyvips

_ARENA_MAX = -8
"""``M_ARENA_MAX`` of glibc's ``mallopt``."""


def limit_memory_use() -> None:
    """Disable libvips' operation cache and limit malloc arenas; call before threads start."""
    # No picture is opened twice, and each would stay cached until a hundred others came.
    pyvips.cache_set_max(0)
    # Each of libvips' threads would get an arena of its own and keep the memory of one picture.
    with suppress(OSError, AttributeError):  # not glibc
        ctypes.CDLL(None).mallopt(_ARENA_MAX, 2)


def freeze_heap(*, collect: bool = True) -> None:
    """Exclude all current objects from garbage collections, each of which would take 80 ms."""
    if collect:
        gc.collect()
    gc.freeze()
