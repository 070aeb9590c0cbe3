"""How the process ends: exit codes, signals, and a limit on the time that an exit takes."""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import sys
import threading
from collections.abc import Callable

log = logging.getLogger(__name__)

EX_SOFTWARE, EX_TEMPFAIL, EX_CONFIG = 70, 75, 78
"""Exit codes of sysexits.h: an error of the bot's own, one that a restart can solve, one in the settings."""
EXIT_TIMEOUT = 2.0
"""Seconds that threads get to end after everything was closed; a name look-up can hang for minutes."""
_STOP_SIGNALS = ("SIGINT", "SIGTERM", "SIGHUP")


class Failure(Exception):
    """The reason why the process ends; ``code`` is the exit code, an empty message was logged already."""

    def __init__(self, message: str, code: int = EX_CONFIG) -> None:
        super().__init__(message)
        self.code = code


def on_stop_signals(stop: Callable[[], object]) -> None:
    """Call ``stop`` in the loop at the first SIGINT, SIGTERM or SIGHUP; the second one exits at once."""
    loop = asyncio.get_running_loop()
    signals = [signal.Signals[name] for name in _STOP_SIGNALS if hasattr(signal, name)]
    # nohup starts the process with SIGHUP ignored, which must stay so.
    signals = [each for each in signals if each != signal.SIGHUP or _is_handled(each)]

    def handle(number: signal.Signals) -> None:
        log.info("%s received: stopping; a second signal exits at once", number.name)
        for each in signals:
            loop.remove_signal_handler(each)
            # Not in the loop, which may be what hangs.
            signal.signal(each, _exit_at_once)
        stop()

    for each in signals:
        loop.add_signal_handler(each, handle, each)


def limit_exit_time(code: int, seconds: float = EXIT_TIMEOUT) -> None:
    """Exit with ``code`` after ``seconds`` even where threads are still running."""
    timer = threading.Timer(seconds, _exit_without_threads, (code,))
    timer.daemon = True
    timer.start()


def _is_handled(number: signal.Signals) -> bool:
    return signal.getsignal(number) is not signal.SIG_IGN


def _exit_at_once(number: int, _frame: object) -> None:
    # No logging: the signal may have interrupted it while it held its lock.
    os.write(2, b"second signal: exiting at once; unfinished requests continue at the next start\n")
    os._exit(128 + number)


def _exit_without_threads(code: int) -> None:
    log.debug("threads are still running: %s", [thread.name for thread in threading.enumerate()])
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)
