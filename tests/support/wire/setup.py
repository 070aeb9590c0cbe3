"""A simulated Discord, a simulated relay and the bot between them."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.support.wire.bot_under_test import BotProcess, CountedRelay
from tests.support.wire.discord_rest import Call
from tests.support.wire.discord_server import DiscordServer
from tests.support.wire.discord_world import Exchange, StoredMessage

ASKER, OTHER = 501, 502
CREDENTIALS = ["Kx9Kx9", "Zq7Zq7"]
"""What is in the bot's and in the relay's token, and nowhere else."""


@dataclass(slots=True)
class World:
    """Everything a test may touch."""

    discord: DiscordServer
    relay: CountedRelay
    bot: BotProcess


@asynccontextmanager
async def open_world(folder: Path) -> AsyncGenerator[World]:
    """Open a world whose bot isn't started yet."""
    discord = DiscordServer()
    relay = CountedRelay(discord)
    async with discord.serve(), relay.serve() as relay_url:
        bot = BotProcess(discord, relay_url, folder)
        try:
            yield World(discord, relay, bot)
        finally:
            if bot.running:
                await bot.stop(9)


async def draw(discord: DiscordServer, prompt: str, user_id: int = ASKER) -> tuple[Exchange, StoredMessage]:
    """Ask for a picture and wait for it."""
    asked = await discord.slash(user_id, "imagine", prompt=prompt, size="1K")
    return asked, await discord.outcome(asked)


def brings_files(call: Call) -> bool:
    """Whether a call of Discord carries pictures."""
    return bool(call.files)


async def assert_nothing_is_left(world: World) -> None:
    """Stop the bot; neither a picture nor an interaction's token may stay."""
    assert await world.bot.stop() == 0
    assert world.bot.spool == []
    assert {row["token"] for row in world.bot.jobs()} == {None}


def loggers_telling(world: World, secrets: list[str]) -> set[str]:
    """Return which loggers wrote one of the secrets, at the level that says most."""
    assert " DEBUG " in world.bot.log
    told = [line for line in world.bot.lines if any(secret in line for secret in secrets)]
    return {line.split(":")[2].rpartition(" ")[2] for line in told}
