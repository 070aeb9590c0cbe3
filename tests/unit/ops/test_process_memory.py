"""Memory settings, in a child process because they are process-wide."""

from __future__ import annotations

import subprocess
import sys

import pytest

CHILD = """
import gc
from bot.ops import process_memory
import pyvips
process_memory.limit_memory_use()
first, second = (pyvips.Image.black(9, 9).invert() for _ in range(2))
process_memory.freeze_heap()
print(first.pointer != second.pointer, gc.get_freeze_count() > 1000, gc.isenabled())
"""


@pytest.mark.processes
def test_no_decoded_image_is_cached_and_the_heap_is_frozen() -> None:
    command = [sys.executable, "-c", CHILD]
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE)  # noqa: S603  # ourselves
    assert done.stdout.split() == [b"True"] * 3
