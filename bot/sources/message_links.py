"""Links to Discord messages."""

from __future__ import annotations

import re
from dataclasses import dataclass

_MESSAGE = re.compile(
    r"https?://(?:(?:www|ptb|canary)\.)?discord(?:app)?\.com"
    r"/channels/(?:@me|(?P<guild>[0-9]{1,20}))/(?P<channel>[0-9]{1,20})/(?P<message>[0-9]{1,20})"
    r"/?(?:\?[^\s<>#]*)?(?:#(?P<picture>[1-9][0-9]?))?",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageLink:
    """A message, and the number of one of its pictures if named; ``guild_id`` is None for direct messages."""

    guild_id: int | None
    channel_id: int
    message_id: int
    picture: int | None = None


def parse_message_link(text: str) -> MessageLink | None:
    """Parse a message link of any Discord client, with an optional ``#2`` for the second picture, else None.

    The caller must check that the member may see that message.
    """
    found = _MESSAGE.fullmatch(_without_angle_brackets(text.strip()))
    if found is None:
        return None
    guild = found["guild"]
    return MessageLink(
        guild_id=int(guild) if guild else None,
        channel_id=int(found["channel"]),
        message_id=int(found["message"]),
        picture=int(found["picture"]) if found["picture"] else None,
    )


def _without_angle_brackets(text: str) -> str:
    """Remove the angle brackets that suppress Discord's preview."""
    return text[1:-1] if text.startswith("<") and text.endswith(">") else text
