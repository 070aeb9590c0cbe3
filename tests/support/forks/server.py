"""Imports the bot once and forks for each program that is requested over a socket.

Started by ``client.py`` with the number of its control socket. Each byte on that carries three files: a
socket, and the program's standard output and error. On the socket it reads the program as a line of JSON,
and writes two numbers of ``DIGITS`` characters: the process id, and the exit code when the process has ended.
"""

from __future__ import annotations

import gc
import importlib
import json
import os
import runpy
import select
import signal
import socket
import sys
from collections.abc import Sequence
from dataclasses import dataclass

DIGITS = 8
PRELOADED = (
    "alembic.command",
    "bot.app",
    "bot.gateway.client",
    "bot.gateway.headless",
    "bot.ops.doctor",
    "bot.ops.serve",
    "bot.demo.relay.server",
    "discord.ext.commands",
    "psycopg",
    "rich.console",
    "sqlalchemy.dialects.postgresql.psycopg",
    "sqlalchemy.dialects.sqlite.pysqlite",
    "typer",
)


@dataclass(frozen=True, slots=True)
class Program:
    """What a child runs: ``arguments`` are those of the interpreter, ``-m module …`` or ``script …``."""

    arguments: Sequence[str]
    folder: str
    environment: dict[str, str]


class ForkingServer:
    """Forks children and reports their exit codes."""

    def __init__(self, control: socket.socket) -> None:
        self._control = control
        self._children: dict[int, socket.socket] = {}
        self._wakeup, self._wake = socket.socketpair()
        self._wakeup.setblocking(False)
        self._wake.setblocking(False)
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        # A handler is needed for the wake-up; the work is done by the loop.
        signal.signal(signal.SIGCHLD, _ignore)
        signal.set_wakeup_fd(self._wake.fileno())

    def serve(self) -> Program | None:
        """Return a program in each child, and None in the server when the client has closed the socket."""
        while True:
            ready, _, _ = select.select((self._control, self._wakeup), (), ())
            if self._wakeup in ready:
                self._wakeup.recv(4096)
                self._report_exits()
            if self._control in ready:
                request, files, _, _ = socket.recv_fds(self._control, 1, 3)
                if not request:
                    return self._kill_children()
                if program := self._fork(*files):
                    return program

    def _fork(self, status_file: int, output: int, errors: int) -> Program | None:
        status = socket.socket(fileno=status_file)
        with status.makefile() as lines:
            program = Program(**json.loads(lines.readline()))
        child = os.fork()
        if child == 0:
            self._become(program, output, errors)
            status.close()
            return program
        os.close(output)
        os.close(errors)
        self._children[child] = status
        status.sendall(f"{child:{DIGITS}}".encode())
        return None

    def _become(self, program: Program, output: int, errors: int) -> None:
        """Turn a child into what the interpreter starts with."""
        signal.set_wakeup_fd(-1)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        signal.signal(signal.SIGINT, signal.default_int_handler)
        for each in (self._control, self._wakeup, self._wake, *self._children.values()):
            each.close()
        for file, number in ((output, 1), (errors, 2)):
            os.dup2(file, number)
            os.close(file)
        os.chdir(program.folder)
        os.environ.clear()
        os.environ.update(program.environment)

    def _report_exits(self) -> None:
        for child, status in list(self._children.items()):
            ended, code = os.waitpid(child, os.WNOHANG)
            if ended:
                with status:
                    status.sendall(f"{os.waitstatus_to_exitcode(code):{DIGITS}}".encode())
                del self._children[child]

    def _kill_children(self) -> None:
        for child in self._children:
            os.kill(child, signal.SIGKILL)


def _ignore(_signal: int, _frame: object) -> None:
    pass


def run(program: Program) -> None:
    """Run a program as the interpreter does."""
    if program.arguments[0] == "-m":
        _, module, *rest = program.arguments
        sys.argv = [module, *rest]
        runpy.run_module(module, run_name="__main__", alter_sys=True)
    else:
        sys.argv = list(program.arguments)
        runpy.run_path(program.arguments[0], run_name="__main__")


if __name__ == "__main__":
    for name in PRELOADED:
        importlib.import_module(name)
    gc.freeze()  # children don't copy what the collector would write into
    requested = ForkingServer(socket.socket(fileno=int(sys.argv[1]))).serve()
    if requested:
        run(requested)
