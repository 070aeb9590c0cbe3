"""Starts programs as forks of a process that has imported the bot.

Imports are most of what a short-lived process of the bot costs. A fork is a process like any other: it has
its own id, takes signals and can be killed.
"""

from __future__ import annotations

import asyncio
import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from functools import cache
from pathlib import Path
from tempfile import TemporaryFile

from tests.support.forks.server import DIGITS

ROOT = Path(__file__).parents[3]


class ForkedProcess:
    """A running program; like ``asyncio.subprocess.Process`` as far as the tests use it."""

    def __init__(
        self, pid: int, status: socket.socket, stdout: asyncio.StreamReader, stderr: asyncio.StreamReader
    ) -> None:
        self.pid = pid
        self.stdout, self.stderr = stdout, stderr
        self.returncode: int | None = None
        self._ended = asyncio.create_task(self._wait_for_code(status))

    def send_signal(self, number: int) -> None:
        """Send a signal, unless it has ended."""
        if self.returncode is None:
            with suppress(ProcessLookupError):
                os.kill(self.pid, number)

    def kill(self) -> None:
        """Kill it."""
        self.send_signal(signal.SIGKILL)

    async def wait(self) -> int:
        """Wait until it ends, and return its exit code: the signal's number, negative, if one killed it."""
        return await asyncio.shield(self._ended)

    async def _wait_for_code(self, status: socket.socket) -> int:
        with status:
            self.returncode = await _read_number(status)
        return self.returncode


async def fork_program(
    arguments: Sequence[str], folder: Path, environment: Mapping[str, str]
) -> ForkedProcess:
    """Start a Python program with pipes as its output; ``arguments`` are the interpreter's."""
    (output, output_end), (errors, errors_end) = os.pipe(), os.pipe()
    status = _request(arguments, folder, environment, output_end, errors_end)
    os.close(output_end)
    os.close(errors_end)
    status.setblocking(False)
    pid = await _read_number(status)
    return ForkedProcess(pid, status, await _read_pipe(output), await _read_pipe(errors))


def run_program(
    arguments: Sequence[str], folder: Path, environment: Mapping[str, str], *, seconds: float
) -> subprocess.CompletedProcess[str]:
    """Run a Python program until it ends, at most for ``seconds``."""
    with TemporaryFile("w+") as output, TemporaryFile("w+") as errors:
        with _request(arguments, folder, environment, output.fileno(), errors.fileno()) as status:
            status.settimeout(seconds)
            pid = int(status.recv(DIGITS))
            try:
                code = int(status.recv(DIGITS))
            except TimeoutError:
                os.kill(pid, signal.SIGKILL)
                raise
        output.seek(0)
        errors.seek(0)
        return subprocess.CompletedProcess(arguments, code, output.read(), errors.read())


def _request(
    arguments: Sequence[str], folder: Path, environment: Mapping[str, str], output: int, errors: int
) -> socket.socket:
    """Request a program, and return the socket on which its id and its exit code arrive."""
    status, servers_end = socket.socketpair()
    program = {"arguments": arguments, "folder": str(folder), "environment": dict(environment)}
    with servers_end:
        status.sendall(json.dumps(program).encode() + b"\n")
        control, _ = _server()
        socket.send_fds(control, [b"\n"], [servers_end.fileno(), output, errors])
    return status


@cache
def _server() -> tuple[socket.socket, subprocess.Popen[bytes]]:
    """Start the server, which ends when this process does; return its control socket."""
    control, servers_end = socket.socketpair()
    with servers_end:
        process = subprocess.Popen(  # noqa: S603  # our own program
            [sys.executable, "-m", "tests.support.forks.server", str(servers_end.fileno())],
            cwd=ROOT,
            pass_fds=(servers_end.fileno(),),
            stdin=subprocess.DEVNULL,
        )
    return control, process


async def _read_number(status: socket.socket) -> int:
    return int(await asyncio.get_running_loop().sock_recv(status, DIGITS))


async def _read_pipe(file: int) -> asyncio.StreamReader:
    reader = asyncio.StreamReader()
    protocol = asyncio.StreamReaderProtocol(reader)
    await asyncio.get_running_loop().connect_read_pipe(lambda: protocol, os.fdopen(file, "rb", 0))
    return reader
