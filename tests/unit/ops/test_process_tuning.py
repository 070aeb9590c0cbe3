"""Process-wide settings, in a child process because they are process-wide."""

from __future__ import annotations

import subprocess
import sys

import pytest

CHILD = """
import gc
import sys
from bot.ops import process_tuning
import pyvips
process_tuning.limit_memory_use()
first, second = (pyvips.Image.black(9, 9).invert() for _ in range(2))
process_tuning.freeze_heap()
process_tuning.switch_threads_often()
print(first.pointer != second.pointer, gc.get_freeze_count() > 1000, gc.isenabled())
print(sys.getswitchinterval() < 0.001)
"""


@pytest.mark.processes
def test_no_decoded_image_is_cached_the_heap_is_frozen_and_threads_switch_often() -> None:
    command = [sys.executable, "-c", CHILD]
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE)  # noqa: S603  # ourselves
    assert done.stdout.split() == [b"True"] * 4
