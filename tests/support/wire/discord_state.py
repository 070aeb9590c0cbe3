"""The state of the simulated Discord, its checks, and waiting for changes."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

from tests.support.running_clock import RunningClock
from tests.support.wire.discord_objects import (
    StoredInteraction,
    StoredMessage,
)
from tests.support.wire.discord_rest import RestCall, RestError
from tests.support.wire.discord_rules import message_problems
from tests.support.wire.stored_files import StoredFile

TOKEN = "bot-token-" + "Kx9" * 12
WAIT_TIMEOUT = 60.0
"""Seconds; the default for every wait."""


class DiscordState:
    """All objects of the simulated Discord; ``violations`` lists what the real one would refuse."""

    def __init__(self, *, token: str = TOKEN) -> None:
        self.token = token
        self.violations: list[str] = []
        self.commands: list[dict[str, Any]] = []
        self.syncs = 0
        self.interactions: dict[str, StoredInteraction] = {}
        self.messages: dict[int, StoredMessage] = {}
        self.nonces: dict[tuple[int, str], StoredMessage] = {}
        self.direct: dict[int, int] = {}
        self.uploads: list[StoredFile] = []
        self.banned_words: set[str] = set()
        self.closed_channels: set[int] = set()
        self.left: set[int] = set()
        self.token_lifetime = 15 * 60.0
        self.max_request_size = 10 * 1024 * 1024
        self.attachment_size_limit = 10 * 1024 * 1024
        self.ephemeral = False
        self.running_time = RunningClock()
        self._waiting: set[asyncio.Future[None]] = set()

    def reset(self) -> None:
        """Restore the initial limits and permissions; stored objects stay."""
        self.violations.clear()
        self.banned_words, self.closed_channels = set(), set()
        self.attachment_size_limit = self.max_request_size = 10 * 1024 * 1024
        self.ephemeral = False

    async def until(self, true: Callable[[], object], what: str, seconds: float = WAIT_TIMEOUT) -> None:
        """Wait until ``true`` returns true."""
        try:
            async with asyncio.timeout(seconds):
                while not true():
                    await self._change()
        except TimeoutError:
            raise AssertionError(f"after {seconds:g} s still not: {what}") from None

    def notify(self) -> None:
        """Wake every wait; several changes before it runs count as one."""
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
        """Return a channel's visible messages, without interaction responses."""
        kept = (m for m in self.messages.values() if m.channel_id == channel_id and not m.deleted)
        return [message for message in kept if message.token is None]

    def read_link(self, url: str) -> StoredFile:
        """Return the file of a signed link; only the newest link of each file is valid."""
        files = [file for message in self.messages.values() for file in message.files]
        found = [file for file in files + self.uploads if file.links and file.links[-1] == url]
        if not found:
            raise ValueError("that link isn't good any more")
        return found[0]

    def interaction(self, token: str) -> StoredInteraction:
        """Return the interaction with this token."""
        if token not in self.interactions:
            raise RestError(404, 10062, "Unknown interaction")
        return self.interactions[token]

    def validate(
        self, call: RestCall, payload: dict[str, Any], flags: int, message: StoredMessage | None = None
    ) -> None:
        """Refuse a message, or the edit of one, that Discord would refuse."""
        present = {str(file.id): file.name for file in message.files} if message else {}
        uploads = {str(number) for number in range(len(call.files))}
        if any(str(each["id"]) not in present.keys() | uploads for each in payload.get("attachments") or ()):
            raise RestError(400, 50035, "Unknown attachment")
        if sum(map(len, call.files.values())) > self.max_request_size:
            raise RestError(413, 40005, "Request entity too large")
        if any(word in str(payload.get("components")) for word in self.banned_words):
            raise RestError(400, 200000, "Message was blocked by automatic moderation")
        if problems := message_problems(payload, call.files, flags, present):
            self.violations += [f"{call.method} {call.path}: {problem}" for problem in problems]
            raise RestError(400, 50035, "; ".join(problems))

    def new_message(self, interaction: StoredInteraction, *, flags: int) -> StoredMessage:
        """Create the response message of an interaction."""
        message = StoredMessage(interaction.channel_id, flags=flags, token=interaction.token)
        self.messages[message.id] = message
        return message
