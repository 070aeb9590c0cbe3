"""Deletes what is older than the operator keeps it."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable

from bot.domain.errors import BotError
from bot.domain.ports import Originals
from bot.services.personal_data.erasure_log import ErasureLog
from bot.store.personal_data import Batch, PersonalDataStore

log = logging.getLogger(__name__)

_DAY = 86_400.0
_PAUSE = 0.05
"""Seconds between two batches of a sweep, in which other transactions run."""
_LARGE_SWEEP = 1_000
"""Deleted requests after which disk space is given back."""


class RetentionService:
    """Sweeps requests older than a number of ``days`` (None keeps all), and other data that has expired.

    ``batch`` requests are deleted in one transaction: some milliseconds in which no other can write.
    """

    def __init__(
        self,
        records: PersonalDataStore,
        originals: Originals,
        erasures: ErasureLog,
        clock: Callable[[], float],
        *,
        days: int | None,
        batch: int = 200,
    ) -> None:
        self._records = records
        self._originals = originals
        self._erasures = erasures
        self._clock = clock
        self._days = days
        self._batch = batch

    async def sweep(self) -> int:
        """Delete outdated data in small batches; return the number of requests deleted.

        Does nothing while another process is sweeping.
        """
        async with self._records.sweep_lock() as alone:
            if not alone:
                return 0
            now = self._clock()
            before = None if self._days is None else now - self._days * _DAY
            await self._records.erase_expired(before=before, now=now)
            erased = 0 if before is None else await self._sweep_requests(before)
            if erased >= _LARGE_SWEEP and (freed := await self._records.free_space()):
                log.info("the database is %d MB smaller", freed // 1_000_000)
        await self._erasures.update()
        if erased:
            log.info("%d requests older than %d days deleted", erased, self._days)
        return erased

    async def _sweep_requests(self, before: float) -> int:
        erased = 0
        while (batch := await self._records.expired_batch(before=before, most=self._batch)).ids:
            await self._erase(batch)
            erased += len(batch.ids)
            await asyncio.sleep(_PAUSE)
        return erased

    async def _erase(self, batch: Batch) -> None:
        try:
            await self._originals.forget(batch.kept)
        except BotError as error:
            # The rows are deleted all the same: they say more about a member than an anonymous picture does.
            log.error("outdated originals can't be deleted: %s", error.detail, exc_info=error.fault)
        await self._records.erase(batch)
