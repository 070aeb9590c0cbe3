"""The process's memory: no more than it needs, and never searched through for long."""

from __future__ import annotations

import ctypes
import gc
from contextlib import suppress

import pyvips

_ARENA_MAX = -8
"""The C library's number for how many pools of memory its threads may share."""


def be_sparing() -> None:
    """Keep nothing that was decoded, and few pools of memory that was freed; before threads begin."""
    # No picture is opened twice, and each would be kept until a hundred others came.
    pyvips.cache_set_max(0)
    # Each of libvips' threads would get a pool of its own, and keep what one picture took.
    with suppress(OSError, AttributeError):  # a C library other than Linux's usual one
        ctypes.CDLL(None).mallopt(_ARENA_MAX, 2)


def settle() -> None:
    """Take all that there is for what stays, so that searches for garbage pass it by: 80 ms each, else."""
    gc.collect()
    gc.freeze()
