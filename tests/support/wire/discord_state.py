"""What stands in the simulated Discord, what it refuses, and who waits for a change of it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

from tests.support.wire.discord_rest import Call, Refusal
from tests.support.wire.discord_rules import message_problems
from tests.support.wire.discord_world import Exchange, StoredFile, StoredMessage

TOKEN = "bot-token-" + "Kx9" * 12
PATIENCE = 15.0
"""Seconds that any wait may take."""


class State:
    """What stands in the simulated Discord; ``complaints`` is what the real one would have minded."""

    def __init__(self, *, token: str = TOKEN) -> None:
        self.token = token
        self.complaints: list[str] = []
        self.commands: list[dict[str, Any]] = []
        self.syncs = 0
        self.exchanges: dict[str, Exchange] = {}
        self.messages: dict[int, StoredMessage] = {}
        self.nonces: dict[tuple[int, str], StoredMessage] = {}
        self.direct: dict[int, int] = {}
        self.uploads: list[StoredFile] = []
        self.banned_words: set[str] = set()
        self.closed_channels: set[int] = set()
        self.token_life = 15 * 60.0
        self.largest_request = 10 * 1024 * 1024
        self.promised = 10 * 1024 * 1024
        self.ephemeral = False
        self._waiting: set[asyncio.Future[None]] = set()

    def reset(self) -> None:
        """Be as kind and as open as at first; what happened stays."""
        self.complaints.clear()
        self.banned_words, self.closed_channels = set(), set()
        self.promised = self.largest_request = 10 * 1024 * 1024
        self.ephemeral = False

    async def until(self, true: Callable[[], object], what: str, patience: float = PATIENCE) -> None:
        """Wait until something is so."""
        try:
            async with asyncio.timeout(patience):
                while not true():
                    await self._change()
        except TimeoutError:
            raise AssertionError(f"after {patience:g} s still not: {what}") from None

    def notify(self) -> None:
        """Let every wait look again: once, however much changes before it does."""
        for each in self._waiting:
            if not each.done():
                each.set_result(None)
        self._waiting.clear()

    async def _change(self) -> None:
        change = asyncio.get_running_loop().create_future()
        self._waiting.add(change)
        try:
            await change
        finally:
            self._waiting.discard(change)

    def in_channel(self, channel_id: int) -> list[StoredMessage]:
        """Return the messages that a channel's members see, those of interactions left out."""
        kept = (m for m in self.messages.values() if m.channel_id == channel_id and not m.deleted)
        return [message for message in kept if message.token is None]

    def read_link(self, url: str) -> StoredFile:
        """Return the file behind a signed link; the newest one of each file is the only one that opens."""
        files = [file for message in self.messages.values() for file in message.files]
        found = [file for file in files + self.uploads if file.links and file.links[-1] == url]
        if not found:
            raise ValueError("that link isn't good any more")
        return found[0]

    def exchange(self, token: str) -> Exchange:
        """Return the exchange with this token."""
        if token not in self.exchanges:
            raise Refusal(404, 10062, "Unknown interaction")
        return self.exchanges[token]

    def judge(self, call: Call, payload: dict[str, Any], flags: int) -> None:
        """Refuse a message that Discord would refuse."""
        if sum(map(len, call.files.values())) > self.largest_request:
            raise Refusal(413, 40005, "Request entity too large")
        if any(word in str(payload.get("components")) for word in self.banned_words):
            raise Refusal(400, 200000, "Message was blocked by automatic moderation")
        if problems := message_problems(payload, call.files, flags):
            self.complaints += [f"{call.method} {call.path}: {problem}" for problem in problems]
            raise Refusal(400, 50035, "; ".join(problems))

    def new_message(self, exchange: Exchange, *, flags: int) -> StoredMessage:
        """Begin the message that answers an interaction."""
        message = StoredMessage(exchange.channel_id, flags=flags, token=exchange.token)
        self.messages[message.id] = message
        return message
