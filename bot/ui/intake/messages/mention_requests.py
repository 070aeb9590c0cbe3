"""Stores the requests that messages make; an outage of the database delays them."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any

import discord

from bot.domain.models import Job
from bot.services.requests import RequestService
from bot.services.storage_wait import StorageWait
from bot.ui.intake.channel_access import ChannelAccess
from bot.ui.intake.messages.mention_drafts import MentionDrafts
from bot.ui.intake.messages.message_requesters import MessageRequesters
from bot.ui.intake.messages.waiting_card import WaitingCard
from bot.ui.intake.offers import Choice
from bot.ui.running_handlers import RunningHandlers

_TYPING_TIMEOUT = 1.0
"""Seconds that the typing indicator may delay the card once a request is submitted."""
OUTAGE_TIMEOUT = 14.25 * 60
"""Seconds of an outage after which a request is refused, as one of an interaction is."""


class MentionRequests:
    """Parses messages and submits their requests."""

    def __init__(
        self,
        drafts: MentionDrafts,
        requesters: MessageRequesters,
        requests: RequestService,
        handlers: RunningHandlers,
    ) -> None:
        self._drafts = drafts
        self._requesters = requesters
        self._requests = requests
        self._handlers = handlers
        self._storage = StorageWait()

    async def submit(
        self, message: discord.Message, access: ChannelAccess, choice: Choice, waiting: WaitingCard
    ) -> Job | None:
        """Submit a message's request; in an outage, send ``waiting``. None when it was accepted before."""
        async with _typing_in(access.channel):
            draft = await self._drafts.build(message, access, choice)
            requester = await self._requesters.requester_of(message, access)

            async def submit() -> Job | None:
                request = await self._requests.prepare(draft, requester, references=len(draft.references))
                job = await self._requests.submit(request, self._requesters.reply_to(message))
                self._handlers.mark_accepted()
                return job

            return await self._storage.run(submit, seconds=OUTAGE_TIMEOUT, notify=waiting.send)

    def prompt_of(self, message: discord.Message, choice: Choice) -> str:
        """Return the prompt of a message, or the one that its author entered since."""
        return self._drafts.prompt_of(message, choice)


@asynccontextmanager
async def _typing_in(channel: Any) -> AsyncGenerator[None]:
    """Show the typing indicator; only the card waits for it, and only briefly."""
    typing = asyncio.create_task(_type(channel))
    try:
        yield
    finally:
        await asyncio.wait({typing}, timeout=_TYPING_TIMEOUT)
        typing.cancel()


async def _type(channel: Any) -> None:
    with contextlib.suppress(discord.HTTPException, OSError):
        await channel.typing()
