"""Where a message stands, and what the bot may do beside it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import discord

from bot.domain.errors import RuleBroken

_SPEECH, _SPEECH_IN_THREADS = "send_messages", "send_messages_in_threads"
_FILES, _HISTORY = "attach_files", "read_message_history"
NEEDED = (_SPEECH, _SPEECH_IN_THREADS, _FILES, _HISTORY)
"""The permissions that answers may need."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ground:
    """A message's channel; ``missing`` are the permissions that the bot lacks there to answer requests."""

    channel: Any
    speaks: bool = True
    """Whether the bot may write there at all."""
    locked: bool = False
    """Whether it may not because the thread is locked."""
    missing: tuple[str, ...] = ()

    @property
    def refers(self) -> bool:
        """Whether what is written there may refer to other messages."""
        return _HISTORY not in self.missing


async def ground_of(message: discord.Message, client: discord.Client) -> Ground:
    """Find out where a message stands; an archived thread counts as open, for writing there opens it."""
    channel: Any = message.channel
    if isinstance(channel, discord.PartialMessageable):
        # Such as a thread that was archived until this message.
        channel = await client.fetch_channel(channel.id)
    if isinstance(channel, discord.abc.PrivateChannel):
        return Ground(channel=channel)
    allowed: discord.Permissions = channel.permissions_for(channel.guild.me)
    in_thread = isinstance(channel, discord.Thread)
    speech = _SPEECH_IN_THREADS if in_thread else _SPEECH
    # Whoever may not write is said to attach nothing either, so that is asked only where it tells something.
    needed = (speech, *((_FILES,) if getattr(allowed, speech) else ()), _HISTORY)
    missing = tuple(name for name in needed if not getattr(allowed, name))
    locked = in_thread and channel.locked and not allowed.manage_threads
    return Ground(
        channel=channel, speaks=speech not in missing and not locked, locked=locked, missing=missing
    )


def check(ground: Ground) -> None:
    """Raise ``RuleBroken`` where the bot may not answer a request."""
    channel = f"<#{ground.channel.id}>"
    if ground.locked:
        raise RuleBroken("thread-locked", channel=channel)
    if ground.missing:
        raise RuleBroken(
            "missing-permissions", channel=channel, permissions=" ".join(ground.missing).replace("_", "-")
        )
