"""What the bot may do in the channel of a message, and what members may read."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import discord

from bot.domain.errors import RuleBroken

_SEND, _SEND_IN_THREADS = "send_messages", "send_messages_in_threads"
_FILES, _HISTORY = "attach_files", "read_message_history"
ANSWER_PERMISSIONS = (_SEND, _SEND_IN_THREADS, _FILES, _HISTORY)
"""The permissions that an answer can need."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelAccess:
    """A channel, and the permissions the bot lacks to answer requests in it."""

    channel: Any
    can_send: bool = True
    """Whether the bot may send messages there at all."""
    locked: bool = False
    """Whether it may not send because the thread is locked."""
    missing: tuple[str, ...] = ()

    @property
    def can_reply(self) -> bool:
        """Whether a message sent there may reply to another one."""
        return _HISTORY not in self.missing


async def resolve_access(message: discord.Message, client: discord.Client) -> ChannelAccess:
    """Determine the access to a message's channel; an archived thread counts as open, as sending opens it."""
    channel: Any = message.channel
    if isinstance(channel, discord.PartialMessageable):
        # For example a thread that this message unarchived.
        channel = await client.fetch_channel(channel.id)
    if isinstance(channel, discord.abc.PrivateChannel):
        return ChannelAccess(channel=channel)
    allowed: discord.Permissions = channel.permissions_for(channel.guild.me)
    in_thread = isinstance(channel, discord.Thread)
    send = _SEND_IN_THREADS if in_thread else _SEND
    # Without the permission to send, Discord denies attaching files as well, so that it tells nothing.
    needed = (send, *((_FILES,) if getattr(allowed, send) else ()), _HISTORY)
    missing = tuple(name for name in needed if not getattr(allowed, name))
    locked = in_thread and channel.locked and not allowed.manage_threads
    return ChannelAccess(
        channel=channel, can_send=send not in missing and not locked, locked=locked, missing=missing
    )


def require_access(access: ChannelAccess) -> None:
    """Raise ``RuleBroken`` where the bot can't answer a request."""
    channel = f"<#{access.channel.id}>"
    if access.locked:
        raise RuleBroken("thread-locked", channel=channel)
    if access.missing:
        raise RuleBroken(
            "missing-permissions", channel=channel, permissions=" ".join(access.missing).replace("_", "-")
        )


async def may_read(channel: Any, person: discord.User | discord.Member) -> bool:
    """Whether the member could read the channel themselves, whatever the bot can read."""
    if isinstance(channel, discord.DMChannel):
        return channel.recipient is not None and channel.recipient.id == person.id
    if not isinstance(channel, (discord.abc.GuildChannel, discord.Thread)):
        return False
    member = person if isinstance(person, discord.Member) and person.guild == channel.guild else None
    member = member or await channel.guild.fetch_member(person.id)
    allowed = channel.permissions_for(member)
    if not (allowed.view_channel and allowed.read_message_history):
        return False
    if isinstance(channel, discord.Thread) and channel.is_private() and not allowed.manage_threads:
        await channel.fetch_member(person.id)  # NotFound when they aren't in it
    return True
