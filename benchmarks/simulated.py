"""The tests' simulated Discord and relay, and bot processes, for benchmarks."""

from __future__ import annotations

import asyncio
import base64
import json
import sys
import tempfile
import time
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncGenerator, Callable, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

from tests.support.wire import bot_under_test
from tests.support.wire.bot_under_test import RELAY_TOKEN, RecordingRelay
from tests.support.wire.discord_objects import StoredInteraction, StoredMessage
from tests.support.wire.discord_rest import RestCall
from tests.support.wire.discord_server import DiscordServer

__all__ = [
    "RELAY_TOKEN",
    "BotProcess",
    "DiscordServer",
    "Plan",
    "RecordingRelay",
    "RestCall",
    "StampedCalls",
    "StoredInteraction",
    "StoredMessage",
    "relay_body",
    "running",
]

Plan = tuple[str, dict[str, str]]
"""A process's command and its settings."""


async def _execute(arguments: Sequence[str], folder: Path, environment: Mapping[str, str]) -> Process:
    return await asyncio.create_subprocess_exec(
        sys.executable, *arguments, cwd=folder, env=environment, stdout=PIPE, stderr=PIPE
    )


class BotProcess(bot_under_test.BotProcess):
    """A bot process as in production: the tests' forks share memory and skip the imports."""

    start_program = staticmethod(_execute)


@asynccontextmanager
async def running(
    discord: DiscordServer, relay_url: str, database_url: str, plans: Iterable[Plan]
) -> AsyncGenerator[list[BotProcess]]:
    """Start processes on one database, each in a folder of its own; stop them at exit."""
    shared = {"DATABASE_URL": database_url, "LOG_LEVEL": "INFO"}
    bots: list[BotProcess] = []
    with tempfile.TemporaryDirectory() as folder:
        try:
            for number, (command, settings) in enumerate(plans):
                (home := Path(folder) / f"{number}").mkdir()
                bots.append(BotProcess(discord, relay_url, home, command, **shared, **settings))
                await bots[-1].start()
            yield bots
        finally:
            for bot in bots:
                if bot.running:
                    await bot.stop(seconds=40)


class StampedCalls(list[RestCall]):
    """The calls of the simulated Discord, each with the time at which its body was complete."""

    def __init__(self) -> None:
        super().__init__()
        self.stamps: list[tuple[float, RestCall]] = []

    def append(self, call: RestCall, /) -> None:
        self.stamps.append((time.monotonic(), call))
        super().append(call)

    def when(self, fits: Callable[[RestCall], object]) -> float:
        return next(stamp for stamp, call in self.stamps if fits(call))


def relay_body(picture: bytes, kind: str) -> bytes:
    """Return a reply of the relay, which contains its picture twice."""
    text = base64.b64encode(picture).decode()
    image = {"base64": text, "mimeType": kind, "dataUrl": f"data:{kind};base64,{text}"}
    return json.dumps({"image": image, "description": None}).encode()
