"""What a stranger's link means within Discord: pure readings of a text."""

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
    """Name one message, and which of its pictures; ``guild_id`` is None in a direct conversation."""

    guild_id: int | None
    channel_id: int
    message_id: int
    picture: int = 1


def parse_message_link(text: str) -> MessageLink | None:
    """Read "Copy Message Link" of any Discord client, with ``#2`` after it for the second picture, else None.

    The reader may not be allowed to see that message: it is the caller who must ask.
    """
    found = _MESSAGE.fullmatch(_bare(text.strip()))
    if found is None:
        return None
    guild = found["guild"]
    return MessageLink(
        guild_id=int(guild) if guild else None,
        channel_id=int(found["channel"]),
        message_id=int(found["message"]),
        picture=int(found["picture"] or 1),
    )


def _bare(text: str) -> str:
    """Take off the angle brackets that keep Discord from showing a preview."""
    return text[1:-1] if text.startswith("<") and text.endswith(">") else text
