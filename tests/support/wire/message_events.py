"""What the simulated Discord tells of people's messages."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from tests.support.wire.discord_world import BOT, StoredFile, StoredMessage, guild_of, member, user

Event = tuple[str, dict[str, Any]]


def written(
    user_id: int, channel_id: int, content: str, files: dict[str, bytes], reply_to: StoredMessage | None
) -> StoredMessage:
    """Make a person's message."""
    message = StoredMessage(channel_id, author_id=user_id, payload={"content": content})
    message.files = [StoredFile(name, bytes_, channel_id) for name, bytes_ in files.items()]
    if reply_to is not None:
        message.reference = {
            "message_id": str(reply_to.id),
            "channel_id": str(channel_id),
            "guild_id": str(guild_of(channel_id)),
        }
    return message


def creation(message: StoredMessage, replied: StoredMessage | None) -> dict[str, Any]:
    """Describe a new message to a bot without the privileged intent: blank where it isn't mentioned."""
    event = _seen(message)
    event["guild_id"] = str(guild_of(message.channel_id))
    event["member"] = {key: value for key, value in member(message.author_id).items() if key != "user"}
    mentioned = re.findall(r"<@!?([0-9]+)>", message.text)
    event["mentions"] = [{**user(int(each)), "member": member(int(each))} for each in mentioned]
    if replied is not None:
        event["referenced_message"] = _seen(replied)
    return event


def deletion(messages: Sequence[StoredMessage]) -> Event:
    """Describe the deletion of one message, or of several at once."""
    channel_id = messages[0].channel_id
    where = {"channel_id": str(channel_id), "guild_id": str(guild_of(channel_id))}
    if len(messages) == 1:
        return "MESSAGE_DELETE", {"id": str(messages[0].id), **where}
    return "MESSAGE_DELETE_BULK", {"ids": [str(message.id) for message in messages], **where}


def _seen(message: StoredMessage) -> dict[str, Any]:
    shown = message.rendered()
    if message.author_id == BOT or f"<@{BOT}>" in message.text:
        return shown
    return {**shown, "content": "", "attachments": [], "embeds": [], "components": []}
