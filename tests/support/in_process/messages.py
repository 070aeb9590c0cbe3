"""Channel messages that mention the bot."""

from __future__ import annotations

from typing import Any

import discord

from tests.support.in_process.guild import SimulatedGuild
from tests.support.photos import photo

PHOTO = photo(320, 200)


def bot_mention(sim: SimulatedGuild) -> str:
    """Return the text that mentions the bot."""
    return f"<@{sim.bot.user.id if sim.bot.user else 0}>"


async def write(
    sim: SimulatedGuild, person: Any, text: str, *, channel: Any = None, **more: Any
) -> discord.Message:
    """Send a message to a channel and wait until no job is open."""
    message = await person.send(channel or sim.channel, text, **more)
    await sim.finish_jobs()
    return message
