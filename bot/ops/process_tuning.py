"""Process-wide settings that keep memory use, pauses and the wait for the interpreter short."""

from __future__ import annotations

import ctypes
import gc
import sys
from contextlib import suppress

import pyvips

_ARENA_MAX = -8
"""``M_ARENA_MAX`` of glibc's ``mallopt``."""
_SWITCH_INTERVAL = 0.0005
"""Seconds after which a thread that computes lets others go on; Python's default is 0.005."""


def limit_memory_use() -> None:
    """Disable libvips' operation cache and limit malloc arenas; call before threads start."""
    # No picture is opened twice, and each would stay cached until a hundred others came.
    pyvips.cache_set_max(0)
    # Each of libvips' threads would get an arena of its own and keep the memory of one picture.
    with suppress(OSError, AttributeError):  # not glibc
        ctypes.CDLL(None).mallopt(_ARENA_MAX, 2)


def switch_threads_often() -> None:
    """Let a database thread go on soon after each statement, also while the event loop is busy."""
    sys.setswitchinterval(_SWITCH_INTERVAL)


def freeze_heap(*, collect: bool = True) -> None:
    """Exclude all current objects from garbage collections, each of which would take 80 ms."""
    if collect:
        gc.collect()
    gc.freeze()
