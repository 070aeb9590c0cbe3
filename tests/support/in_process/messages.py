"""Channel messages that mention the bot."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from typing import Any

import discord

from tests.support.in_process.guild import SimulatedGuild
from tests.support.photos import photo

PHOTO = photo(320, 200)
_WIDE = photo(640, 360)
_TALL = photo(360, 640)


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


async def photos_from(sim: SimulatedGuild, *names: str) -> discord.Message:
    """Return a message of Bob's with these photos; those with "tall" in their names are portraits."""
    files = [(name, _TALL if "tall" in name else _WIDE) for name in names]
    message = await sim.bob.send(sim.channel, "look", attachments=files)
    # SimCord doesn't set the dimensions of pictures as Discord does.
    for stored in sim.env.backend.get_message(sim.channel.id, message.id).attachments:
        size = (360, 640) if "tall" in stored["filename"] else (640, 360)
        stored["width"], stored["height"] = size
    return message


@contextmanager
def notifying_replies(sim: SimulatedGuild) -> Generator[None]:
    """Send replies to the bot as Discord's clients do by default: it is among their mentions."""
    emit, me = sim.env.backend.emit, sim.env.backend.bot_user

    def emit_with_mention(event: str, payload: dict[str, Any]) -> None:
        if event == "MESSAGE_CREATE" and payload.get("message_reference"):
            payload = {**payload, "mentions": [{"id": str(me.id), "username": me.name, "discriminator": "0"}]}
        emit(event, payload)

    sim.env.backend.emit = emit_with_mention
    try:
        yield
    finally:
        sim.env.backend.emit = emit
