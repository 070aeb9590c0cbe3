"""How long work takes, whatever else the machine does."""

from __future__ import annotations

from collections.abc import Callable
from time import thread_time


def is_quick(work: Callable[[], object], seconds: float, *, rounds: int = 5) -> bool:
    """Whether any round of ``work`` takes this thread's processor fewer seconds.

    A single one can include a garbage collection, or suffer from other programs.
    """
    for _ in range(rounds):
        begun = thread_time()
        work()
        if thread_time() - begun < seconds:
            return True
    return False
