"""How a process ends, in a child process because signals and exits are process-wide."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from collections.abc import Generator
from contextlib import contextmanager

import pytest

pytestmark = pytest.mark.processes

CHILD = """
import asyncio, signal, sys, time, threading
from bot.ops.process_exit import limit_exit_time, on_stop_signals

# Under nohup the tests hand on an ignored SIGHUP, which the process would go on ignoring.
signal.signal(signal.SIGHUP, signal.SIG_DFL)

async def main(hang):
    stop = asyncio.Event()
    on_stop_signals(stop.set)
    print("ready", flush=True)
    await stop.wait()
    print("stopping", flush=True)
    if hang == "loop":
        time.sleep(60)
    if hang == "close":
        await asyncio.sleep(60)
    if hang == "thread":
        asyncio.get_running_loop().run_in_executor(None, time.sleep, 60)
    limit_exit_time(3, 0.2)

asyncio.run(main(sys.argv[1]))
sys.exit(3)
"""


@contextmanager
def start(hang: str) -> Generator[subprocess.Popen[str]]:
    command = [sys.executable, "-c", CHILD, hang]
    with subprocess.Popen(  # noqa: S603  # this interpreter, with the test's own code
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as child:
        try:
            assert child.stdout is not None
            assert child.stdout.readline() == "ready\n"
            yield child
        finally:
            # Leaving the process's own block waits for its end, which a failed test can't be sure of.
            child.kill()


def signal_and_wait(child: subprocess.Popen[str], number: signal.Signals) -> None:
    child.send_signal(number)
    assert child.stdout is not None
    assert child.stdout.readline() == "stopping\n"


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_one_signal_stops_gracefully(number: signal.Signals) -> None:
    with start("nothing") as child:
        signal_and_wait(child, number)
        assert child.wait(20) == 3


@pytest.mark.parametrize("hang", ["close", "loop"])
def test_a_second_signal_exits_at_once_whatever_hangs(hang: str) -> None:
    with start(hang) as child:
        signal_and_wait(child, signal.SIGTERM)
        child.send_signal(signal.SIGINT)
        assert child.wait(20) == 128 + signal.SIGINT
        assert child.stderr is not None
        assert "exiting at once" in child.stderr.read()


def test_a_hung_thread_delays_the_exit_only_for_a_moment() -> None:
    with start("thread") as child:
        began = time.monotonic()
        signal_and_wait(child, signal.SIGTERM)
        assert child.wait(20) == 3
        assert time.monotonic() - began < 20
