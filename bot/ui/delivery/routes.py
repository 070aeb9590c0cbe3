"""The routes by which an answer can reach its requester, each retried briefly on connection errors."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import replace
from functools import partial
from typing import Any, cast

import discord
from discord import ui
from discord.utils import MISSING
from tenacity import AsyncRetrying, RetryCallState, retry_if_exception, stop_after_attempt, wait_exponential

from bot.domain.models import DeliveredMessage, Job
from bot.ui import outgoing
from bot.ui.cards.buttons.job_buttons import has_pictures, job_buttons_in, shows_storage_wait
from bot.ui.components import components_of
from bot.ui.discord_errors import CONNECTION_ERRORS

log = logging.getLogger(__name__)

Content = Callable[[], AbstractContextManager[tuple[ui.LayoutView, outgoing.Files]]]
"""Builds the card and opens its files for one attempt: files that were sent once can't be sent again."""
ExtendLease = Callable[[], Awaitable[None]]
"""Extends the lease on the job; raises when another worker owns it."""
Route = Callable[[Job, Content], Awaitable[DeliveredMessage]]

TOO_LARGE = {40005, 50045}
AUTOMOD = {200000, 240000}
THREAD_ARCHIVED = 50083
_ATTEMPTS = 4
_PAUSES = wait_exponential(multiplier=0.5)
"""Seconds before a route is retried: 0.5, 1, 2."""
_CARD_SEARCH_LIMIT = 50
"""Messages after a request among which its card is searched."""
_PROPAGATION_TIME = 10.0
"""Seconds for which Discord may answer 404 for a message it has just created."""


class RouteClosed(Exception):
    """Report that a route is no longer open, so the next one should be tried."""


class DeliveryRoutes:
    """Sends to a requester: by editing the request's card, else in its channel, else by direct message."""

    def __init__(self, client: discord.Client, clock: Callable[[], float]) -> None:
        self._client = client
        self._clock = clock

    def routes_for(self, job: Job, *, card_only: bool = False) -> Iterator[Route]:
        """Yield the ladder of routes, in order; none is public when the request was ephemeral.

        With ``card_only`` nothing but an edit of the card.
        """
        has_card = self._card_editor(job) is not None
        if has_card:
            yield self._edit_card
        if card_only:
            return
        if not has_card and _request_message_id(job) and not job.message_id:
            yield self._send_to_unrecorded_card
        ephemeral = job.reply_to is not None and job.reply_to.ephemeral
        if not ephemeral and not job.requester.guest:
            yield self._post_in_channel
        yield self._send_dm

    async def show(
        self, job: Job, view: ui.LayoutView, files: outgoing.Files = MISSING
    ) -> discord.Message | None:
        """Edit a job's card and return it; None when it can't be edited any more."""
        edit = self._card_editor(job)
        return None if edit is None else await edit(view, files)

    async def show_final(self, job: Job, view: ui.LayoutView, files: outgoing.Files = MISSING) -> None:
        """Edit a job's card for the last time, even when its message id was never recorded."""
        if _request_message_id(job) and not job.message_id:
            job = replace(job, message_id=await self._find_unrecorded_card(job) or 0)
        await self.show(job, view, files)

    async def shows_progress(self, job: Job) -> bool:
        """Whether a job's card shows progress or that it waits; also False where the card can't be read."""
        components = await self._components_of_card(job)
        return ("cancel", job.id) in job_buttons_in(components) or shows_storage_wait(components)

    async def shows_pictures(self, job: Job) -> bool:
        """Whether a job's card shows its pictures; also False where the card can't be read."""
        components = await self._components_of_card(job)
        return has_pictures(components) and ("cancel", job.id) not in job_buttons_in(components)

    async def shows_answer(self, job: Job) -> bool:
        """Whether a job's card shows its outcome; also False where the card can't be read."""
        buttons = job_buttons_in(await self._components_of_card(job))
        actions = {action for action, job_id in buttons if job_id == job.id}
        return bool(actions) and "cancel" not in actions

    async def send_by(
        self, route: Route, job: Job, content: Content, extend_lease: ExtendLease
    ) -> DeliveredMessage:
        """Send by one route, retrying connection errors; the lease is checked before each attempt."""

        attempts = 0

        async def attempt() -> DeliveredMessage:
            nonlocal attempts
            attempts += 1
            await extend_lease()
            # The last attempt may have arrived although its answer was lost.
            if attempts > 1 and await self.shows_answer(job):
                return DeliveredMessage(channel_id=job.requester.channel_id, message_id=job.message_id)
            return await route(job, content)

        retrying = AsyncRetrying(
            retry=retry_if_exception(lambda error: self._may_pass(error, job)),
            stop=stop_after_attempt(_ATTEMPTS),
            wait=_PAUSES,
            before_sleep=lambda state: _log_retry(state, job),
            reraise=True,
        )
        return await retrying(attempt)

    def webhook(self, job: Job) -> discord.Webhook | None:
        """Return the webhook of the job's interaction while its token is accepted."""
        reply_to = job.reply_to
        if reply_to is None or reply_to.token is None or self._clock() >= reply_to.expires_at:
            return None
        data: Any = {"id": reply_to.application_id, "type": 3, "token": reply_to.token}
        # discord.py has no public constructor of an interaction's webhook from its token alone.
        state = self._client._connection  # pyright: ignore[reportPrivateUsage]  # see above
        return discord.Webhook.from_state(data=data, state=state)

    def _may_pass(self, error: BaseException, job: Job) -> bool:
        """Whether an error may pass within moments."""
        if isinstance(error, discord.NotFound):
            return self._clock() - job.created_at <= _PROPAGATION_TIME
        # discord.py retries connection errors in few cases only.
        return isinstance(error, CONNECTION_ERRORS)

    def _card_editor(self, job: Job) -> outgoing.Edit | None:
        """Return the method that edits the job's card; None when it can't be edited any more."""
        if (webhook := self.webhook(job)) is not None:
            return partial(outgoing.edit_by_webhook, webhook, job.message_id)
        return partial(outgoing.edit, self._message(job, job.message_id)) if _has_own_card(job) else None

    async def _components_of_card(self, job: Job) -> Sequence[Any]:
        """Return the components of a job's card; none where the card can't be read."""
        try:
            message = await self.read_card(job)
        except discord.HTTPException as error:
            if error.status >= 500:
                raise
            log.info("job %s: its card can't be read: %r", job.id, error)
            return ()
        return components_of(message) if message is not None else ()

    async def read_card(self, job: Job) -> discord.Message | None:
        """Read a job's card; None when it can't be edited any more."""
        if (webhook := self.webhook(job)) is not None:
            return await webhook.fetch_message(job.message_id)
        return await self._message(job, job.message_id).fetch() if _has_own_card(job) else None

    async def _edit_card(self, job: Job, content: Content) -> DeliveredMessage:
        if (edit := self._card_editor(job)) is None:
            raise RouteClosed("the card can't be edited any more")
        return await self._edit(edit, job.message_id, job, content)

    async def _send_to_unrecorded_card(self, job: Job, content: Content) -> DeliveredMessage:
        card_id = await self._find_unrecorded_card(job)
        if card_id is None:
            return await self._post_in_channel(job, content)
        return await self._edit_message(card_id, job, content)

    async def _post_in_channel(self, job: Job, content: Content) -> DeliveredMessage:
        return await self._post(self._channel(job), job, content, reference=_reply_reference(job))

    async def _send_dm(self, job: Job, content: Content) -> DeliveredMessage:
        there = await self._post(await self._client.fetch_user(job.requester.user_id), job, content)
        return replace(there, direct=True)

    async def _post(
        self,
        target: discord.abc.Messageable,
        job: Job,
        content: Content,
        reference: discord.MessageReference | None = None,
    ) -> DeliveredMessage:
        with content() as (view, files):
            message = await outgoing.send(
                target,
                view,
                cast("Sequence[discord.File]", files),
                # A nonce makes a repeated send the same message for Discord.
                nonce=str(job.id),
                notified=job.requester.user_id,
                reference=reference,
            )
        if ("cancel", job.id) in job_buttons_in(components_of(message)):
            # Discord took it for the same message as the card, which was still being posted.
            return await self._edit_message(message.id, job, content)
        return DeliveredMessage(channel_id=message.channel.id, message_id=message.id)

    async def _edit_message(self, message_id: int, job: Job, content: Content) -> DeliveredMessage:
        return await self._edit(
            partial(outgoing.edit, self._message(job, message_id)), message_id, job, content
        )

    async def _edit(
        self, edit: outgoing.Edit, message_id: int, job: Job, content: Content
    ) -> DeliveredMessage:
        """Edit a message; first unarchive its thread where that is what Discord asks for."""
        try:
            with content() as (view, files):
                await edit(view, files)
        except discord.HTTPException as error:
            if error.code != THREAD_ARCHIVED:
                raise
            await self._unarchive(job)
            with content() as (view, files):
                await edit(view, files)
        return DeliveredMessage(channel_id=job.requester.channel_id, message_id=message_id)

    async def _unarchive(self, job: Job) -> None:
        """Unarchive the thread of a job's card; Discord refuses for a locked one."""
        thread = await self._client.fetch_channel(job.requester.channel_id)
        if isinstance(thread, discord.Thread):
            await thread.edit(archived=False)

    async def _find_unrecorded_card(self, job: Job) -> int | None:
        """Find a card posted by a process that died before it could record the message id."""
        nearby = self._channel(job).history(
            after=discord.Object(_request_message_id(job) or 0), limit=_CARD_SEARCH_LIMIT
        )
        async for message in nearby:
            if any(number == job.id for _, number in job_buttons_in(components_of(message))):
                return message.id
        return None

    def _message(self, job: Job, message_id: int) -> discord.PartialMessage:
        return self._channel(job).get_partial_message(message_id)

    def _channel(self, job: Job) -> discord.PartialMessageable:
        return self._client.get_partial_messageable(job.requester.channel_id, guild_id=job.requester.guild_id)


def _log_retry(state: RetryCallState, job: Job) -> None:
    error = state.outcome and state.outcome.exception()
    log.info("job %s: the message could not be sent (%r); retrying", job.id, error)


def is_route_closed(error: discord.HTTPException) -> bool:
    """Whether Discord refused for good, so that the next route should be tried."""
    return (
        400 <= error.status < 500 and error.status not in (413, 429) and error.code not in AUTOMOD | TOO_LARGE
    )


def is_closed_or_moderated(error: discord.HTTPException) -> bool:
    """Whether the route is closed, or AutoMod refuses the message there."""
    return is_route_closed(error) or error.code in AUTOMOD


def is_too_large(error: discord.HTTPException) -> bool:
    """Whether Discord refused the size of what was sent."""
    return error.status == 413 or error.code in TOO_LARGE


def _has_own_card(job: Job) -> bool:
    """Whether the job's card is a message of the bot's own instead of an interaction's response."""
    return job.reply_to is not None and job.reply_to.token is None and job.message_id != 0


def _request_message_id(job: Job) -> int | None:
    """Return the id of the message that made the request; None for an interaction."""
    reply_to = job.reply_to
    return reply_to.interaction_id if reply_to is not None and reply_to.token is None else None


def _reply_reference(job: Job) -> discord.MessageReference | None:
    """Return a reference for replying to the message that made the request, if one did."""
    if (message_id := _request_message_id(job)) is None:
        return None
    return discord.MessageReference(
        message_id=message_id, channel_id=job.requester.channel_id, fail_if_not_exists=False
    )
