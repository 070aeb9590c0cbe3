"""Cancels waiting requests whose messages are deleted."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncGenerator, Collection
from contextlib import asynccontextmanager
from itertools import islice

from bot.domain.models import Job
from bot.services.requests import RequestService
from bot.ui.delivery.discord_delivery import DiscordDelivery
from bot.ui.discord_errors import unexpected
from bot.ui.modlog.moderation_log import ModerationLog

log = logging.getLogger(__name__)

_BATCH = 500
"""Messages looked up in one query."""


class DeletedMessages:
    """Looks deleted messages up in the store, as another process may have accepted their requests.

    One indexed query runs at a time; messages deleted in the meantime share the next one, so that a purge of
    a channel costs few queries.
    """

    def __init__(
        self, requests: RequestService, delivery: DiscordDelivery, moderation_log: ModerationLog
    ) -> None:
        self._requests = requests
        self._delivery = delivery
        self._moderation_log = moderation_log
        self._deleted = set[int]()
        self._querying = False
        self._in_progress = set[int]()
        self._deleted_in_progress = set[int]()

    @asynccontextmanager
    async def track(self, message_id: int) -> AsyncGenerator[None]:
        """Watch a message while its request is accepted; cancel that if the message is deleted meanwhile."""
        self._in_progress.add(message_id)
        try:
            yield
        finally:
            self._in_progress.discard(message_id)
            if message_id in self._deleted_in_progress:
                self._deleted_in_progress.discard(message_id)
                await self.cancel_requests({message_id})

    async def cancel_requests(self, message_ids: Collection[int]) -> None:
        """Cancel the waiting requests of deleted messages; never raises."""
        self._deleted_in_progress |= self._in_progress.intersection(message_ids)
        self._deleted |= set(message_ids) - self._deleted_in_progress
        if self._querying:
            return
        self._querying = True
        try:
            cancelled = await self._cancel_batches()
        finally:
            self._querying = False
        for job in cancelled:
            self._moderation_log.request_cancelled(job, job.requester.user_id)
        # A held card is edited only after some seconds; the others need not wait for it.
        await asyncio.gather(*map(self._update_card, cancelled))

    async def _update_card(self, job: Job) -> None:
        try:
            await self._delivery.cancel(job)
        except Exception as error:
            log.warning(
                "job %s: its card can't be marked as cancelled: %r", job.id, error, exc_info=unexpected(error)
            )

    async def _cancel_batches(self) -> list[Job]:
        cancelled = list[Job]()
        while self._deleted:
            batch = set(islice(self._deleted, _BATCH))
            self._deleted -= batch
            try:
                cancelled += await self._requests.cancel_asked_by(batch)
            except Exception:
                # Best effort: a request that can't be cancelled is generated.
                log.exception("the requests of %d deleted messages can't be cancelled", len(batch))
        return cancelled
