"""The unmodified bot, instrumented: at exit it writes every block of its event loop to HELD_FILE.

Started as ``watched_bot.py REST GATEWAY run``, like the tests' entry beside the simulated Discord. The script
of another bot can be named by WATCHED_ENTRY.
"""

from __future__ import annotations

import asyncio
import atexit
import json
import os
import runpy
import signal
import sys
import time
from pathlib import Path

ENTRY = Path(__file__).parents[1] / "tests" / "support" / "wire" / "bot_process.py"
TICK = 0.002
WORTH_NOTING = 0.005


class Watch:
    """Ticks on a loop; ``held`` are the late ticks: time, delay, and waiting time for a core, in seconds.

    A tick takes some microseconds: one that opened files would take a tenth of the loop's time.
    """

    def __init__(self) -> None:
        self.held: list[tuple[float, float, float]] = []
        self._loop: asyncio.AbstractEventLoop | None = None
        self._statistics = -1
        self._due = self._queued = 0.0

    def begin(self, loop: asyncio.AbstractEventLoop) -> None:
        """Watch a loop from its start."""
        self._loop = loop
        loop.call_soon(self._tick)

    def _tick(self) -> None:
        now, queued = time.monotonic(), self._waited()
        if self._due and now - self._due > WORTH_NOTING:
            self.held.append((now, now - self._due, queued - self._queued))
        self._due, self._queued = now + TICK, queued
        assert self._loop
        self._loop.call_later(TICK, self._tick)

    def _waited(self) -> float:
        """Return the seconds that this thread was runnable without a CPU core."""
        if self._statistics < 0:  # now, as it is the file of the thread that opens it
            self._statistics = os.open("/proc/thread-self/schedstat", os.O_RDONLY)
        return int(os.pread(self._statistics, 100, 0).split()[1]) / 1e9


def _watch_loops(watch: Watch) -> None:
    make = asyncio.events.new_event_loop

    def new_event_loop() -> asyncio.AbstractEventLoop:
        loop = make()
        watch.begin(loop)
        return loop

    asyncio.events.new_event_loop = new_event_loop  # where asyncio.run() looks for it


def _end(*_: object) -> None:
    sys.exit()


if __name__ == "__main__":
    watch, report = Watch(), Path(os.environ["HELD_FILE"])
    _watch_loops(watch)
    signal.signal(signal.SIGTERM, _end)  # for bots that don't handle it themselves
    atexit.register(lambda: report.write_text(json.dumps(watch.held)))
    runpy.run_path(os.environ.get("WATCHED_ENTRY") or str(ENTRY), run_name="__main__")
