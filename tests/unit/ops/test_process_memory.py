"""The process's memory, in a process of its own: what is set here holds for all of it."""

from __future__ import annotations

import subprocess
import sys

CHILD = """
import gc
from bot.ops import memory
import pyvips
memory.be_sparing()
first, second = (pyvips.Image.black(9, 9).invert() for _ in range(2))
memory.settle()
print(first.pointer != second.pointer, gc.get_freeze_count() > 1000, gc.isenabled())
"""


def test_nothing_decoded_is_kept_and_what_stays_is_not_searched_for_garbage() -> None:
    command = [sys.executable, "-c", CHILD]
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE)  # noqa: S603  # ourselves
    assert done.stdout.split() == [b"True"] * 3
