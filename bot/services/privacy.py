"""Export and deletion of the personal data of members."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncGenerator, Callable, Sequence

from bot.domain.errors import BotError
from bot.domain.guild_settings import Preferences
from bot.domain.ports import Originals
from bot.domain.quotas import local_day
from bot.services import personal_data_report
from bot.services.export_files import Export, ExportFiles
from bot.store.erasures import ErasureList
from bot.store.guilds import GuildStore
from bot.store.members import MemberStore
from bot.store.personal_data import Batch, Day, PersonalDataStore, Row

log = logging.getLogger(__name__)

_DAY = 86_400.0
_PAUSE = 0.05
"""Seconds between two batches of a sweep, in which other transactions run."""
_LARGE_SWEEP = 1_000
"""Deleted requests after which disk space is given back."""
_EXPORT_BATCH = 500
"""Requests of an export that are in memory at once, besides the files they are written into."""


class PrivacyService:
    """Exports and deletes personal data, and sweeps requests older than ``retention`` days (None keeps all).

    ``batch`` requests are deleted in one transaction: some milliseconds in which no other can write.
    """

    def __init__(
        self,
        records: PersonalDataStore,
        guilds: GuildStore,
        members: MemberStore,
        originals: Originals,
        erasures: ErasureList,
        *,
        retention: int | None,
        clock: Callable[[], float],
        batch: int = 200,
    ) -> None:
        self._records = records
        self._guilds = guilds
        self._members = members
        self._originals = originals
        self._erasures = erasures
        self.retention = retention
        self._clock = clock
        self._batch = batch

    async def count_requests(self, user_id: int) -> int:
        """Return the number of a member's stored requests."""
        return await self._records.count(user_id)

    async def export(self, user_id: int, limit: int) -> AsyncGenerator[Export]:
        """Yield all stored data about a member, in files of at most ``limit`` bytes, as they are complete."""
        others = await self._records.profile_rows(user_id)
        account_report = personal_data_report.account_report(user_id, others, now=self._clock())
        files, after = ExportFiles(account_report, limit), (0.0, 0)
        columns = personal_data_report.REQUEST_COLUMNS
        while rows := await self._records.requests(user_id, columns, after=after, most=_EXPORT_BATCH):
            for export in await asyncio.to_thread(_add, files, rows):
                yield export
            after = rows[-1]["created_at"], rows[-1]["id"]
        for export in files.finish():
            yield export

    async def has_opted_out(self, user_id: int) -> bool:
        """Whether a member lets nobody else remix their pictures."""
        return not (await self._members.preferences(user_id)).allow_remixes

    async def erase(self, user_id: int, *, keep_opt_out: bool = False) -> int:
        """Delete all stored data about a member; return the number of requests deleted.

        Requests submitted meanwhile stay, and with ``keep_opt_out`` that nobody may remix their pictures.
        """
        erased = 0
        async for batch in self._records.member_batches(user_id, most=self._batch):
            await self._originals.forget(batch.kept)
            days = await self._days(user_id)
            await self._records.erase_member_jobs(batch, days, now=self._clock())
            erased += len(batch.ids)
        await self._records.erase_profile(
            user_id, now=self._clock(), keep=Preferences(allow_remixes=False) if keep_opt_out else None
        )
        await self._list_erasures()
        self._members.invalidate(str(user_id))
        log.info("the data of user %s is deleted: %d requests", user_id, erased)
        return erased

    async def sweep(self) -> int:
        """Delete outdated data in small batches; return the number of requests deleted.

        Does nothing while another process is sweeping.
        """
        async with self._records.sweep_lock() as alone:
            if not alone:
                return 0
            now = self._clock()
            before = None if self.retention is None else now - self.retention * _DAY
            await self._records.erase_expired(before=before, now=now)
            erased = 0 if before is None else await self._sweep_requests(before)
            if erased >= _LARGE_SWEEP and (freed := await self._records.free_space()):
                log.info("the database is %d MB smaller", freed // 1_000_000)
        await self._list_erasures()
        if erased:
            log.info("%d requests older than %d days deleted", erased, self.retention)
        return erased

    async def _list_erasures(self) -> None:
        """Write the erasures to the list beside the database, for when a backup has to replace it."""
        try:
            await asyncio.to_thread(self._erasures.merge, await self._records.erasures(), now=self._clock())
        except (OSError, BotError) as error:
            log.error("the list of erasures can't be written: %s", error)

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

    async def _days(self, user_id: int) -> dict[int, Day]:
        """Return the bounds of the current day in each server where the member asked for something lately."""
        now = self._clock()
        guilds = await self._records.recent_guilds(user_id, since=now - 2 * _DAY)
        return {guild: local_day(now, (await self._guilds.settings(guild)).time_zone) for guild in guilds}


def _add(files: ExportFiles, rows: Sequence[Row]) -> list[Export]:
    return files.add(map(personal_data_report.request_report, rows))
