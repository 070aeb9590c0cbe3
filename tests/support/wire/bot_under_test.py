"""The bot as a child process and the relay it calls; both notify waiting tests of changes."""

from __future__ import annotations

import asyncio
import os
import re
import signal
import time
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from aiohttp import web
from sqlalchemy import create_engine, select
from sqlalchemy.pool import NullPool

from bot.demo.relay.chaos import Chaos
from bot.demo.relay.server import DemoRelay
from bot.store.db.tables import jobs
from tests.support.forks.client import ForkedProcess, fork_program
from tests.support.wire.discord_server import DiscordServer
from tests.support.wire.discord_state import WAIT_TIMEOUT

RELAY_TOKEN = "relay-token-" + "Zq7" * 12
START_TIMEOUT = 180.0
"""Seconds for a start, also on a machine that does much else."""
Program = asyncio.subprocess.Process | ForkedProcess
StartProgram = Callable[[Sequence[str], Path, Mapping[str, str]], Awaitable[Program]]
"""Starts a Python program, given the interpreter's arguments, a folder and the environment."""
_Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class BotProcess:
    """A bot process with its data folder; can be started and stopped repeatedly."""

    entry = Path(__file__).with_name("bot_process.py")
    """The script that is run."""
    start_program: StartProgram = staticmethod(fork_program)
    """How it is run."""

    def __init__(
        self, server: DiscordServer, relay_url: str, folder: Path, command: str = "run", **settings: str
    ) -> None:
        self._server = server
        self.command = command
        self._relay_url = relay_url
        self._settings = settings
        self.folder = folder
        self.lines: list[str] = []
        self._log_changed = asyncio.Condition()
        self._process: Program | None = None
        self._readers: list[asyncio.Task[None]] = []

    @property
    def log(self) -> str:
        """The output of all its runs."""
        return "\n".join(self.lines)

    @property
    def running(self) -> bool:
        """Whether the process is running."""
        return self._process is not None and self._process.returncode is None

    @property
    def pid(self) -> int:
        """The process id."""
        assert self._process is not None
        return self._process.pid

    @property
    def spool(self) -> list[Path]:
        """All files in the spool."""
        return sorted((self.folder / "data" / "spool").rglob("*"))

    async def start(self) -> None:
        """Start it and wait until it serves requests."""
        begun, before = len(self.lines), self._server.gateway.identified
        await self.launch(self.command)

        def ready() -> bool:
            if self.command == "run":
                return self._server.gateway.identified > before
            return any("working as" in line for line in self.lines[begun:])

        await self._server.until(
            lambda: ready() or all(each.done() for each in self._readers),
            "the bot's beginning",
            START_TIMEOUT,
        )
        assert ready(), "the bot ended at once:\n" + self.log

    async def launch(self, *arguments: str, **environment: str) -> None:
        """Start its command line without waiting."""
        assert not self.running
        address = (self._server.url, self._server.gateway.url)
        self._process = await self.start_program(
            (str(self.entry), *address, *arguments), self.folder, {**self._environment(), **environment}
        )
        streams = (self._process.stdout, self._process.stderr)
        self._readers = [asyncio.create_task(self._read(stream)) for stream in streams if stream]

    async def stop(self, number: int = signal.SIGTERM, seconds: float = 30) -> int:
        """Send a signal and return the exit code."""
        self.signal(number)
        return await self.wait_for_exit(seconds)

    def signal(self, number: int) -> None:
        """Send a signal."""
        assert self._process is not None
        self._process.send_signal(number)

    async def wait_for_exit(self, seconds: float = 30) -> int:
        """Wait until it ends and return the exit code."""
        assert self._process is not None
        try:
            code = await asyncio.wait_for(self._process.wait(), seconds)
        except TimeoutError:
            self._process.kill()
            raise AssertionError(f"the bot did not end within {seconds:g} s") from None
        await asyncio.gather(*self._readers)
        return code

    async def wait_for_log(self, pattern: str, seconds: float = WAIT_TIMEOUT) -> None:
        """Wait for a log line that matches."""
        looked_at = 0

        def seen() -> bool:
            nonlocal looked_at
            new, looked_at = self.lines[looked_at:], len(self.lines)
            return any(re.search(pattern, line) for line in new)

        try:
            async with self._log_changed:
                await asyncio.wait_for(self._log_changed.wait_for(seen), seconds)
        except TimeoutError:
            raise AssertionError(f"the bot never logged {pattern!r}") from None

    async def wait_until_answered(self, interaction_id: int) -> dict[str, Any]:
        """Wait until the bot has recorded the answer, and return the job's row."""
        await self.wait_for_log(rf"job {self.job(interaction_id)['id']} answered")
        return self.job(interaction_id)

    def job(self, interaction_id: int) -> dict[str, Any]:
        """Return the one row of a request."""
        (row,) = (row for row in self.jobs() if row["interaction_id"] == interaction_id)
        return row

    def jobs(self) -> list[dict[str, Any]]:
        """Read the rows of the database."""
        default = f"sqlite:///{self.folder / 'data' / 'jimeng.db'}"
        engine = create_engine(self._settings.get("DATABASE_URL", default), poolclass=NullPool)
        with engine.connect() as connection:
            rows = connection.execute(select(jobs).order_by(jobs.c.id))
            return [dict(row) for row in rows.mappings()]

    async def _read(self, stream: asyncio.StreamReader) -> None:
        while line := await stream.readline():
            async with self._log_changed:
                self.lines.append(line.decode(errors="replace").rstrip())
                self._log_changed.notify_all()
            self._server.notify()
        asyncio.get_running_loop().call_soon(self._server.notify)

    def _environment(self) -> dict[str, str]:
        kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
        return {
            **kept,
            "DISCORD_TOKEN": self._server.token,
            "RELAY_URL": self._relay_url,
            "RELAY_TOKEN": RELAY_TOKEN,
            "DATA_DIR": str(self.folder / "data"),
            "LOG_LEVEL": "DEBUG",
            **self._settings,
        }


@dataclass(slots=True)
class RelayGate:
    """A relay call that is held until it is released."""

    prompt: str
    arrived: asyncio.Event = field(default_factory=asyncio.Event)
    released: asyncio.Event = field(default_factory=asyncio.Event)

    async def wait(self) -> None:
        """Wait until the call has arrived."""
        await asyncio.wait_for(self.arrived.wait(), WAIT_TIMEOUT)


class RecordingRelay:
    """The simulated relay; records its requests and can hold them."""

    def __init__(
        self, server: DiscordServer, *, delay: float = 0, chaos: Chaos | None = None, ready: bool = False
    ) -> None:
        async def fetch(url: str) -> bytes:
            return server.read_link(url).content

        self._server = server
        self._relay = DemoRelay(delay=delay, token=RELAY_TOKEN, fetch=fetch, chaos=chaos, ready=ready)
        self._relay.app.middlewares.append(_middleware(self._count))
        self._gates: list[RelayGate] = []
        self.broken: set[str] = set()
        """Paths whose calls are answered with 503."""
        self.requests: list[dict[str, Any]] = []
        self.request_times: list[float] = []

    @asynccontextmanager
    async def serve(self) -> AsyncGenerator[str]:
        """Listen; yields the address."""
        async with self._relay.serve() as url:
            yield url

    def calls(self, prompt: str) -> list[dict[str, Any]]:
        """Return the calls with this prompt."""
        return [body for body in self.requests if body["prompt"] == prompt]

    def hold(self, prompt: str) -> RelayGate:
        """Hold the next call with this prompt."""
        self._gates.append(RelayGate(prompt))
        return self._gates[-1]

    async def _count(self, request: web.Request, handler: _Handler) -> web.StreamResponse:
        body = await request.json()
        if "prompt" not in body:
            return await handler(request)  # the check at the bot's start
        self.requests.append(body)
        self.request_times.append(time.monotonic())
        self._server.notify()
        if request.path in self.broken:
            return web.Response(status=503)
        gate = next((g for g in self._gates if g.prompt == body["prompt"] and not g.arrived.is_set()), None)
        if gate is not None:
            gate.arrived.set()
            await gate.released.wait()
        return await handler(request)


def _middleware(count: Callable[[web.Request, _Handler], Awaitable[web.StreamResponse]]) -> Any:
    @web.middleware
    async def counted(request: web.Request, handler: _Handler) -> web.StreamResponse:
        return await count(request, handler)

    return counted
