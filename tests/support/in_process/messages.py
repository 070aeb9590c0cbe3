"""People who write messages."""

from __future__ import annotations

from typing import Any

import discord

from bot.demo.painter.paint import encode, paint
from tests.support.in_process.guild import Town

PHOTO = encode(paint("a boat", width=320, height=200, seed=1), "jpeg")


def me(town: Town) -> str:
    """The bot's mention."""
    return f"<@{town.bot.user.id if town.bot.user else 0}>"


async def write(town: Town, person: Any, text: str, *, channel: Any = None, **more: Any) -> discord.Message:
    """Write into a channel and let what comes of it settle."""
    message = await person.send(channel or town.channel, text, **more)
    await town.until_answered()
    return message
