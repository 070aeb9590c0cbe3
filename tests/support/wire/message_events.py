"""Gateway events of users' messages."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from tests.support.wire.discord_objects import (
    BOT,
    BOT_ROLE,
    StoredMessage,
    guild_of,
    member,
    user,
)
from tests.support.wire.stored_files import StoredFile

Event = tuple[str, dict[str, Any]]


def user_message(
    user_id: int, channel_id: int, content: str, files: dict[str, bytes], reply_to: StoredMessage | None
) -> StoredMessage:
    """Create a user's message."""
    message = StoredMessage(channel_id, author_id=user_id, payload={"content": content})
    message.files = [StoredFile(name, bytes_, channel_id) for name, bytes_ in files.items()]
    if reply_to is not None:
        message.reference = {
            "message_id": str(reply_to.id),
            "channel_id": str(channel_id),
            "guild_id": str(guild_of(channel_id)),
        }
    return message


def message_create(message: StoredMessage, replied: StoredMessage | None) -> dict[str, Any]:
    """Return MESSAGE_CREATE as seen without the privileged intent: empty unless the bot is mentioned."""
    event = _redacted_message(message)
    event["guild_id"] = str(guild_of(message.channel_id))
    event["member"] = {key: value for key, value in member(message.author_id).items() if key != "user"}
    mentioned = re.findall(r"<@!?([0-9]+)>", message.text)
    event["mention_roles"] = re.findall(r"<@&([0-9]+)>", message.text)
    event["mentions"] = [{**user(int(each)), "member": member(int(each))} for each in mentioned]
    if replied is not None:
        event["referenced_message"] = _redacted_message(replied)
    return event


def message_delete(messages: Sequence[StoredMessage]) -> Event:
    """Return the event for one deleted message or for several."""
    channel_id = messages[0].channel_id
    where = {"channel_id": str(channel_id), "guild_id": str(guild_of(channel_id))}
    if len(messages) == 1:
        return "MESSAGE_DELETE", {"id": str(messages[0].id), **where}
    return "MESSAGE_DELETE_BULK", {"ids": [str(message.id) for message in messages], **where}


def _redacted_message(message: StoredMessage) -> dict[str, Any]:
    shown = message.to_payload()
    if message.author_id == BOT or f"<@{BOT}>" in message.text or f"<@&{BOT_ROLE}>" in message.text:
        return shown
    return {**shown, "content": "", "attachments": [], "embeds": [], "components": []}
