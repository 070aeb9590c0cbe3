"""The tests' simulated Discord and relay, and the bot as a process of its own: for measurements."""

from __future__ import annotations

import base64
import json
import tempfile
import time
from collections.abc import AsyncGenerator, Callable, Iterable
from contextlib import asynccontextmanager
from pathlib import Path

from tests.support.wire.bot_under_test import RELAY_TOKEN, BotProcess, CountedRelay
from tests.support.wire.discord_rest import Call
from tests.support.wire.discord_server import DiscordServer
from tests.support.wire.discord_world import Exchange, StoredMessage

__all__ = [
    "RELAY_TOKEN",
    "BotProcess",
    "Call",
    "CountedRelay",
    "DiscordServer",
    "Exchange",
    "Plan",
    "StampedCalls",
    "StoredMessage",
    "relay_body",
    "running",
]

Plan = tuple[str, dict[str, str]]
"""A process's command and its settings."""


@asynccontextmanager
async def running(
    discord: DiscordServer, relay_url: str, database_url: str, plans: Iterable[Plan]
) -> AsyncGenerator[list[BotProcess]]:
    """Start processes on one database, each in a folder of its own, and stop them in the end."""
    shared = {"DATABASE_URL": database_url.replace("+aiosqlite", ""), "LOG_LEVEL": "INFO"}
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
                    await bot.stop(patience=40)


class StampedCalls(list[Call]):
    """The calls of the simulated Discord, each with the time at which its whole body was there."""

    def __init__(self) -> None:
        super().__init__()
        self.stamps: list[tuple[float, Call]] = []

    def append(self, call: Call, /) -> None:
        self.stamps.append((time.monotonic(), call))
        super().append(call)

    def when(self, fits: Callable[[Call], object]) -> float:
        return next(stamp for stamp, call in self.stamps if fits(call))


def relay_body(picture: bytes, kind: str) -> bytes:
    """Write a reply of the relay, which holds its picture twice."""
    text = base64.b64encode(picture).decode()
    image = {"base64": text, "mimeType": kind, "dataUrl": f"data:{kind};base64,{text}"}
    return json.dumps({"image": image, "description": None}).encode()
