"""Messages of the bot that are deleted after a moment, at the latest when the bot stops."""

from __future__ import annotations

import asyncio
import contextlib

import discord

_CLOSE_TIMEOUT = 2.0
"""Seconds that the deletions may take when the bot stops."""


class BriefMessages:
    """Deletes each message ``seconds`` after it was added."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._shown: dict[asyncio.Task[None], discord.Message] = {}

    def add(self, message: discord.Message) -> None:
        """Delete a message in due time."""
        task = asyncio.create_task(self._delete_later(message), name=f"delete message {message.id}")
        self._shown[task] = message
        task.add_done_callback(lambda done: self._shown.pop(done, None))

    async def close(self) -> None:
        """Delete what is still shown."""
        shown = dict(self._shown)
        for task in shown:
            task.cancel()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_CLOSE_TIMEOUT):
                await asyncio.gather(*map(_delete, shown.values()))

    async def _delete_later(self, message: discord.Message) -> None:
        await asyncio.sleep(self._seconds)
        await _delete(message)


async def _delete(message: discord.Message) -> None:
    # It may be deleted already, or the channel closed; the message is no loss either way.
    with contextlib.suppress(discord.HTTPException, OSError):
        await message.delete()
