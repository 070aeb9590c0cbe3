"""Messages of the bot that are deleted after a moment, at the latest when the bot stops."""

from __future__ import annotations

import asyncio
import contextlib
from datetime import datetime, timedelta

import discord
from discord.utils import utcnow

from bot.ui.periodic import every

_CLOSE_TIMEOUT = 2.0
"""Seconds that the deletions may take when the bot stops."""


class BriefMessages:
    """Deletes each message ``seconds`` after it was added."""

    def __init__(self, seconds: float) -> None:
        self._time = timedelta(seconds=seconds)
        self._shown: list[tuple[datetime, discord.Message]] = []
        """When to delete which messages."""

    def add(self, message: discord.Message) -> None:
        """Delete a message in due time."""
        self._shown.append((utcnow() + self._time, message))
        if not self._delete_due.is_running():
            self._delete_due.start()

    async def close(self) -> None:
        """Delete what is still shown."""
        self._delete_due.cancel()
        shown, self._shown = self._shown, []
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_CLOSE_TIMEOUT):
                await asyncio.gather(*(_delete(message) for _, message in shown))

    @every(seconds=1)
    async def _delete_due(self) -> None:
        now = utcnow()
        due = [message for at, message in self._shown if at <= now]
        self._shown = [(at, message) for at, message in self._shown if at > now]
        for message in due:
            await _delete(message)


async def _delete(message: discord.Message) -> None:
    # It may be deleted already, or the channel closed; the message is no loss either way.
    with contextlib.suppress(discord.HTTPException, OSError):
        await message.delete()
