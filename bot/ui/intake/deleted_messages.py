"""Requests whose messages are deleted: dropped as long as they wait."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncGenerator, Collection
from contextlib import asynccontextmanager
from itertools import islice

from bot.domain.models import Job
from bot.services.requests import ImageService
from bot.ui.delivery.discord_delivery import Delivery
from bot.ui.modlog.moderation_log import Records

log = logging.getLogger(__name__)

_AT_ONCE = 500
"""Messages asked for with one question."""


class Withdrawals:
    """Asks the store whether deleted messages had asked for something: whoever took that may be gone.

    A question is one look into an index, and there is never more than one at a time: what is deleted
    meanwhile waits and is asked for together, so a server that is swept costs few questions.
    """

    def __init__(self, service: ImageService, delivery: Delivery, records: Records) -> None:
        self._service = service
        self._delivery = delivery
        self._records = records
        self._deleted = set[int]()
        self._asking = False
        self._taken = set[int]()
        self._too_early = set[int]()

    @asynccontextmanager
    async def watching(self, message_id: int) -> AsyncGenerator[None]:
        """Keep in mind whether a message is deleted while it is taken in, and drop it afterwards."""
        self._taken.add(message_id)
        try:
            yield
        finally:
            self._taken.discard(message_id)
            if message_id in self._too_early:
                self._too_early.discard(message_id)
                await self.drop({message_id})

    async def drop(self, message_ids: Collection[int]) -> None:
        """Drop what deleted messages asked for, as far as it waits; never fails."""
        self._too_early |= self._taken.intersection(message_ids)
        self._deleted |= set(message_ids) - self._too_early
        if self._asking:
            return
        self._asking = True
        try:
            dropped = await self._withdraw()
        finally:
            self._asking = False
        for job in dropped:
            self._records.cancelled(job, job.requester.user_id)
        # Cards may be held for some seconds, which is no reason to let others be drawn.
        await asyncio.gather(*map(self._show, dropped))

    async def _show(self, job: Job) -> None:
        try:
            await self._delivery.cancel(job)
        except Exception as error:
            log.warning("job %s: its card can't say that it was dropped: %r", job.id, error)

    async def _withdraw(self) -> list[Job]:
        dropped = list[Job]()
        while self._deleted:
            batch = set(islice(self._deleted, _AT_ONCE))
            self._deleted -= batch
            try:
                dropped += await self._service.withdraw(batch)
            except Exception:
                # Nobody waits for this; what can't be dropped is drawn.
                log.exception("what %d deleted messages asked for can't be dropped", len(batch))
        return dropped
