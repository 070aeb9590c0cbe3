"""A simulated Discord, a simulated relay and the bot between them."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from bot_under_test import BotProcess, CountedRelay
from discord_server import DiscordServer


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
