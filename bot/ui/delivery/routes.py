"""The ways an answer can take to its asker, each tried again for a moment where the line breaks."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import replace
from functools import partial
from typing import Any

import discord
from discord import ui

from bot.domain.errors import BotError
from bot.domain.models import Delivered, Job
from bot.ui.cards.buttons import buttons_on

log = logging.getLogger(__name__)

Content = Callable[[], tuple[ui.LayoutView, list[discord.File]]]
"""Makes the card and its files anew: what was sent once can't be sent again."""
Hold = Callable[[], Awaitable[None]]
"""Makes sure that the job is still this process's to answer, or raises."""
Way = Callable[[Job, Content], Awaitable[Delivered]]

TOO_LARGE = {40005, 50045}
AUTOMOD = {200000, 240000}
_PAUSES = (0.5, 1.0, 2.0)
"""Seconds before a way is tried again: a fresh message may be unknown yet, and a line may be cut."""
_NEARBY = 50
"""Messages after a request among which its card is looked for."""
_FRESH = 10.0
"""Seconds for which Discord may not know a message that it has just made."""


class Ways:
    """Knows the ways to an asker: the request's own card, else its channel, else a direct message."""

    def __init__(self, client: discord.Client, clock: Callable[[], float]) -> None:
        self._client = client
        self._clock = clock

    def open_to(self, job: Job) -> Iterator[Way]:
        """Return the ways in the order to try them; none is public where the request wasn't."""
        if self._card(job) is not None:
            yield self._edit
        elif _asking(job) and not job.message_id:
            yield self._found
        ephemeral = job.reply_to is not None and job.reply_to.ephemeral
        if not ephemeral and not job.requester.guest:
            yield self._channel
        yield self._direct

    async def show(self, job: Job, view: ui.LayoutView) -> None:
        """Edit a request's card as long as that is possible."""
        if (edit := self._card(job)) is not None:
            await edit(view=view, allowed_mentions=discord.AllowedMentions.none())

    async def show_last(self, job: Job, view: ui.LayoutView) -> None:
        """Edit a request's card for the last time, also where nobody noted which it is."""
        if _asking(job) and not job.message_id:
            job = replace(job, message_id=await self._beside(job) or 0)
        await self.show(job, view)

    async def take(self, way: Way, job: Job, content: Content, hold: Hold) -> Delivered:
        """Send the content one way, again where the line breaks; each time the job must still be held."""
        for pause in _PAUSES:
            await hold()
            try:
                return await way(job, content)
            except discord.NotFound:
                if self._clock() - job.created_at > _FRESH:
                    raise
            except (discord.DiscordException, BotError):
                raise
            except Exception as error:
                # Not Discord's answer but the line to it, which discord.py tries again in a few cases only.
                log.info("job %s: the line broke (%r); trying again", job.id, error)
            await asyncio.sleep(pause)
        await hold()
        return await way(job, content)

    def _card(self, job: Job) -> Callable[..., Awaitable[object]] | None:
        """Return what edits the request's card; None where nothing can any more."""
        reply_to = job.reply_to
        if reply_to is None:
            return None
        if reply_to.token is None:
            return self._message(job, job.message_id).edit if job.message_id else None
        if self._clock() >= reply_to.expires_at:
            return None
        data: Any = {"id": reply_to.application_id, "type": 3, "token": reply_to.token}
        # discord.py offers no public way to an interaction's webhook by its token alone.
        state = self._client._connection  # pyright: ignore[reportPrivateUsage]  # see above
        webhook = discord.Webhook.from_state(data=data, state=state)
        return partial(webhook.edit_message, job.message_id)

    async def _edit(self, job: Job, content: Content) -> Delivered:
        view, files = content()
        edit = self._card(job)
        if edit is None:
            raise LookupError("the card can't be edited any more")
        await edit(view=view, attachments=files, allowed_mentions=discord.AllowedMentions.none())
        return Delivered(channel_id=job.requester.channel_id, message_id=job.message_id)

    async def _found(self, job: Job, content: Content) -> Delivered:
        card_id = await self._beside(job)
        if card_id is None:
            return await self._channel(job, content)
        return await self._turn_into(card_id, job, content)

    async def _channel(self, job: Job, content: Content) -> Delivered:
        return await self._post(self._in_channel(job), job, content, reference=_request(job))

    async def _direct(self, job: Job, content: Content) -> Delivered:
        there = await self._post(await self._client.fetch_user(job.requester.user_id), job, content)
        return replace(there, direct=True)

    async def _post(
        self, target: discord.abc.Messageable, job: Job, content: Content, **more: Any
    ) -> Delivered:
        view, files = content()
        message = await target.send(
            view=view,
            files=files,
            # Sent once more, it is the same message for Discord.
            nonce=str(job.id),
            allowed_mentions=discord.AllowedMentions(
                everyone=False,
                roles=False,
                replied_user=False,
                users=[discord.Object(job.requester.user_id)],
            ),
            **more,
        )
        if ("cancel", job.id) in buttons_on(message.components):
            # For Discord it was the same message as the card, whose posting was still under way.
            return await self._turn_into(message.id, job, content)
        return Delivered(channel_id=message.channel.id, message_id=message.id)

    async def _turn_into(self, message_id: int, job: Job, content: Content) -> Delivered:
        view, files = content()
        await self._message(job, message_id).edit(
            view=view, attachments=files, allowed_mentions=discord.AllowedMentions.none()
        )
        return Delivered(channel_id=job.requester.channel_id, message_id=message_id)

    async def _beside(self, job: Job) -> int | None:
        """Find the card that was posted by a process which died before it could note where."""
        nearby = self._in_channel(job).history(after=discord.Object(_asking(job) or 0), limit=_NEARBY)
        async for message in nearby:
            if any(number == job.id for _, number in buttons_on(message.components)):
                return message.id
        return None

    def _message(self, job: Job, message_id: int) -> discord.PartialMessage:
        return self._in_channel(job).get_partial_message(message_id)

    def _in_channel(self, job: Job) -> discord.PartialMessageable:
        return self._client.get_partial_messageable(job.requester.channel_id, guild_id=job.requester.guild_id)


def is_closed(error: discord.HTTPException) -> bool:
    """Whether this way is closed, so that the next one is worth trying: Discord's word is final."""
    return (
        400 <= error.status < 500 and error.status not in (413, 429) and error.code not in AUTOMOD | TOO_LARGE
    )


def is_too_large(error: discord.HTTPException) -> bool:
    """Whether Discord refused the size of what was sent."""
    return error.status == 413 or error.code in TOO_LARGE


def _asking(job: Job) -> int | None:
    """Return the message that asked, where one did."""
    reply_to = job.reply_to
    return reply_to.interaction_id if reply_to is not None and reply_to.token is None else None


def _request(job: Job) -> discord.MessageReference | None:
    """Return the message that asked, where one did, to be replied to if it is still there."""
    if (message_id := _asking(job)) is None:
        return None
    return discord.MessageReference(
        message_id=message_id, channel_id=job.requester.channel_id, fail_if_not_exists=False
    )
