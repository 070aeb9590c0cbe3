"""Requests by mention over real sockets, and what answers them."""

from __future__ import annotations

from tests.support.wire.discord_objects import BOT, GENERAL, StoredMessage
from tests.support.wire.setup import ASKER, WireEnvironment


def posting(channel_id: int) -> str:
    """Return the path of a channel's messages."""
    return rf"channels/{channel_id}/messages$"


async def mention(environment: WireEnvironment, prompt: str, channel_id: int = GENERAL) -> StoredMessage:
    """Request a picture by mentioning the bot."""
    return await environment.discord.write(ASKER, f"<@{BOT}> 1K {prompt}", channel_id=channel_id)


async def assert_answered_once(
    environment: WireEnvironment, asked: StoredMessage, *, drawn: int = 1, edits: int = 1
) -> StoredMessage:
    """Assert that one message replies, holds the picture, and is the one that the bot knows."""
    answer = await environment.discord.answer(asked, 25)
    row = await environment.bot.wait_until_answered(asked.id)
    assert (row["state"], row["message_id"]) == ("done", answer.id)
    assert [each.pixels for each in answer.pictures] == [(1024, 1024)]
    assert sum(bool(edit.get("attachments")) for edit in answer.edits) == edits
    assert len(environment.relay.calls(row["prompt"])) == drawn
    assert environment.discord.replies(asked) == [answer]
    return answer
