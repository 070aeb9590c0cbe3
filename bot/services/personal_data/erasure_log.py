"""The list of erasures beside the database, for when a backup has to replace it."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable

from bot.domain.errors import BotError
from bot.store.erasures import ErasureList
from bot.store.personal_data import PersonalDataStore

log = logging.getLogger(__name__)


class ErasureLog:
    """Copies the erasures that the database knows to the list."""

    def __init__(self, records: PersonalDataStore, erasures: ErasureList, clock: Callable[[], float]) -> None:
        self._records = records
        self._erasures = erasures
        self._clock = clock

    async def update(self) -> None:
        """Write the erasures to the list; an error is only logged."""
        try:
            await asyncio.to_thread(self._erasures.merge, await self._records.erasures(), now=self._clock())
        except (OSError, BotError) as error:
            log.error("the list of erasures can't be written: %s", error)
