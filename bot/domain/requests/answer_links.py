"""Links to the messages that hold answers."""

from __future__ import annotations


def answer_link(*, guild_id: int | None, channel_id: int, message_id: int) -> str:
    """Return the link of a message in a server, or in direct messages where ``guild_id`` is None."""
    return f"https://discord.com/channels/{guild_id or '@me'}/{channel_id}/{message_id}"
