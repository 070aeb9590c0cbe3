"""The bot as a process between a simulated Discord and a simulated relay."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.support.wire.bot_under_test import BotProcess, RecordingRelay
from tests.support.wire.discord_objects import StoredInteraction, StoredMessage
from tests.support.wire.discord_rest import RestCall
from tests.support.wire.discord_server import DiscordServer

ASKER, OTHER = 501, 502
CREDENTIALS = ["Kx9Kx9", "Zq7Zq7"]
"""Strings that occur in the bot's and the relay's token only."""


@dataclass(slots=True)
class WireEnvironment:
    """The bot process and the services around it."""

    discord: DiscordServer
    relay: RecordingRelay
    bot: BotProcess


@asynccontextmanager
async def open_environment(folder: Path) -> AsyncGenerator[WireEnvironment]:
    """Open the services; the bot isn't started yet. The relay paints only what is to be a PNG."""
    discord = DiscordServer()
    relay = RecordingRelay(discord, ready=True)
    async with discord.serve(), relay.serve() as relay_url:
        bot = BotProcess(discord, relay_url, folder)
        try:
            yield WireEnvironment(discord, relay, bot)
        finally:
            if bot.running:
                await bot.stop(9)


async def draw(
    discord: DiscordServer, prompt: str, user_id: int = ASKER
) -> tuple[StoredInteraction, StoredMessage]:
    """Request a picture and wait for it."""
    asked = await discord.slash(user_id, "imagine", prompt=prompt, size="1K")
    return asked, await discord.outcome(asked)


def has_files(call: RestCall) -> bool:
    """Whether a call uploads files."""
    return bool(call.files)


async def assert_nothing_is_left(environment: WireEnvironment) -> None:
    """Stop the bot and assert that no picture and no interaction token is left."""
    assert await environment.bot.stop() == 0
    assert environment.bot.spool == []
    assert {row["token"] for row in environment.bot.jobs()} == {None}


def loggers_leaking(environment: WireEnvironment, secrets: list[str]) -> set[str]:
    """Return the loggers that wrote one of the secrets at DEBUG."""
    assert " DEBUG " in environment.bot.log
    told = [line for line in environment.bot.lines if any(secret in line for secret in secrets)]
    return {line.split(":")[2].rpartition(" ")[2] for line in told}
